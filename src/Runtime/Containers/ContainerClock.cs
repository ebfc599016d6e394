using Islet.Starting;

namespace Islet.Containers;

/// <summary>A container's own clock, which may differ from the host's.</summary>
internal sealed class ContainerClock(GuestCalls calls)
{
    private long _offsetTicks;

    /// <summary>The time by which the clock is ahead of the host's.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Volatile.Read(ref _offsetTicks));

    /// <summary>The time that the clock should show now.</summary>
    public DateTimeOffset Time => DateTimeOffset.UtcNow + Offset;

    /// <summary>Sets the clock of the machine.</summary>
    public async Task SetOffsetAsync(MachineConnection machine, TimeSpan offset, CancellationToken cancellationToken)
    {
        await calls.AskAgentAsync(machine.Agent.SetClockAsync(DateTimeOffset.UtcNow + offset, cancellationToken)).ConfigureAwait(false);
        Volatile.Write(ref _offsetTicks, offset.Ticks);
    }
}
