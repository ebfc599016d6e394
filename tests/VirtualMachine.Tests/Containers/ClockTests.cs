using System.Globalization;

namespace Islet.VirtualMachine.Tests.Containers;

public sealed class ClockTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_keeps_the_time_it_was_set_to_until_it_is_reset()
    {
        await using Container container = await TestRuntime.Idle.WithName("clock").StartTestAsync();
        Assert.Equal(TimeSpan.Zero, container.ClockOffset);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => container.SetClockAsync(DateTimeOffset.UnixEpoch, Cancelled));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => container.SetClockAsync(DateTimeOffset.MaxValue, Cancelled));
        await AssertOffsetAsync(container, TimeSpan.Zero);
        await using Checkpoint present = await container.CheckpointAsync(Cancelled);

        await container.SetClockAsync(new DateTimeOffset(2100, 2, 28, 23, 59, 0, TimeSpan.Zero), Cancelled);
        TimeSpan offset = container.ClockOffset;
        Assert.True(offset > TimeSpan.FromDays(365 * 50));
        await AssertOffsetAsync(container, offset);

        await container.PauseAsync(Cancelled);
        await Assert.ThrowsAsync<InvalidContainerStateException>(() => container.SetClockAsync(DateTimeOffset.UtcNow, Cancelled));
        await container.ResumeAsync(Cancelled);
        await AssertOffsetAsync(container, offset);

        await container.RollBackAsync(present, Cancelled);
        await AssertOffsetAsync(container, offset);

        await container.ResetClockAsync(Cancelled);
        Assert.Equal(TimeSpan.Zero, container.ClockOffset);
        await AssertOffsetAsync(container, TimeSpan.Zero);
    }

    private static async Task AssertOffsetAsync(Container container, TimeSpan offset)
    {
        long before = (DateTimeOffset.UtcNow + offset).ToUnixTimeSeconds();
        ExecResult seen = await container.ExecAsync(["date", "+%s"], cancellationToken: Cancelled);
        long after = (DateTimeOffset.UtcNow + offset).ToUnixTimeSeconds();

        // The clock of an emulated machine may be some milliseconds behind, and so in the previous second.
        Assert.InRange(long.Parse(seen.Stdout, CultureInfo.InvariantCulture), before - 1, after + 1);
    }
}
