namespace Islet.Tests.Waiting;

public sealed class PollTests : WaitTests
{
    [Fact]
    public async Task PollAsync_begins_at_25_ms_and_grows_by_half_up_to_500_ms()
    {
        int attempts = 0;
        Task wait = WaitAsync(Wait.Until("the tenth attempt", (_, _) => Task.FromResult(++attempts == 10)), new FakeContainer());

        List<double> pauses = [];
        for (int i = 0; i < 9; i++)
            pauses.Add((await Clock.AdvanceOverPauseAsync(Cancellation)).TotalMilliseconds);
        await wait;

        // The system's timers count whole milliseconds.
        Assert.Equal([25, 37, 56, 84, 126, 189, 284, 427, 500], pauses);
    }

    [Theory]
    [InlineData(200, 200)]
    [InlineData(5000, 500)]
    public async Task PollAsync_pauses_as_long_as_the_attempt_took(int attemptMilliseconds, int pauseMilliseconds)
    {
        bool first = true;
        Task wait = WaitAsync(
            Wait.Until("the second attempt", (_, _) =>
            {
                if (first)
                    Clock.Advance(TimeSpan.FromMilliseconds(attemptMilliseconds));
                bool done = !first;
                first = false;
                return Task.FromResult(done);
            }),
            new FakeContainer());

        Assert.Equal(TimeSpan.FromMilliseconds(pauseMilliseconds), await Clock.AdvanceOverPauseAsync(Cancellation));
        await wait;
    }
}
