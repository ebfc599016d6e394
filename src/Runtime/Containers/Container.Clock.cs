
namespace Islet;

// The container's own clock, which may differ from the host's.
public partial class Container
{
    // The kernel's own limits: its clock counts from 1970, and must not overflow in a machine that runs for 30 years (TIME_SETTOD_SEC_MAX).
    private static readonly DateTimeOffset s_lastSettable = new(2232, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// The time by which the container's clock is ahead of the host's, as <see cref="SetClockAsync"/> has left it. Default: zero.
    /// </summary>
    public TimeSpan ClockOffset => Core.ClockOffset;

    /// <summary>
    /// Sets the clock of the whole machine. The container's processes see that time from now on, and time goes on from there. Only
    /// CLOCK_REALTIME jumps: it wakes no process that sleeps or waits for a timeout.
    /// </summary>
    /// <remarks>
    /// The distance to the host's clock (<see cref="ClockOffset"/>) is kept over <see cref="ResumeAsync"/>, a checkpoint of the running
    /// container, <see cref="RollBackAsync"/> and a restart. A container that is started from a checkpoint has the host's time. Log lines
    /// always carry the host's time, since the host stamps them.
    /// </remarks>
    /// <param name="time">The time, after 1970 and before 2232.</param>
    /// <param name="cancellationToken">Cancels the call; the clock may already be set.</param>
    /// <exception cref="ArgumentOutOfRangeException">Linux can't have that time.</exception>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    /// <exception cref="ContainerOperationException">
    /// The guest's kernel refuses the time: it can't be earlier than the machine's uptime after the beginning of 1970.
    /// </exception>
    public Task SetClockAsync(DateTimeOffset time, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, DateTimeOffset.UnixEpoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(time, s_lastSettable);
        return Core.SetClockAsync(time, cancellationToken);
    }

    /// <summary>Sets the clock to the host's time, and lets it follow the host's clock from now on.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    public Task ResetClockAsync(CancellationToken cancellationToken = default) =>
        Core.SetClockAsync(time: null, cancellationToken);
}
