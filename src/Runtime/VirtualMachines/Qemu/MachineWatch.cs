namespace Islet.VirtualMachines.Qemu;

/// <summary>The signs of life of a machine that a <see cref="MachineWatch"/> observes.</summary>
internal interface IMachineSigns
{
    /// <summary>Whether the guest runs and its agent is up: a paused machine is not expected to answer.</summary>
    bool IsGuestExpected { get; }

    /// <summary>Whether an operation is pending that only QEMU itself can do: an answer of its monitor, a transfer of its state.</summary>
    bool IsQemuExpected { get; }

    /// <summary>Whether the monitor owes an answer.</summary>
    bool IsMonitorExpected { get; }

    /// <summary>The number of times that bytes came from the guest.</summary>
    long HeardFromGuest { get; }

    /// <summary>The number of times that bytes were sent to the guest.</summary>
    long SentToGuest { get; }

    /// <summary>The number of messages from the monitor.</summary>
    long HeardFromMonitor { get; }

    /// <summary>Asks the guest for a sign of life.</summary>
    void AskGuest();

    /// <summary>Returns the condition of QEMU's process. Called only once something is silent.</summary>
    ProcessCondition LookAtProcess();
}

/// <summary>The obstacles that keep a process from running, if any.</summary>
/// <param name="IsStopped">Whether a signal has stopped it.</param>
/// <param name="Share">
/// The part of the time since the last look in which it could have run, from 0 to 1. In the rest it waited for a processor, for the disk or
/// for a debugger, and its silence means nothing.
/// </param>
internal readonly record struct ProcessCondition(bool IsStopped, double Share)
{
    /// <summary>The condition of a process that nothing keeps from running.</summary>
    public static ProcessCondition Free => new(false, 1);
}

/// <summary>
/// Tells a machine that hangs from one that is paused, busy, or on a busy host. Pure: the caller tells it when time passes.
/// </summary>
/// <remarks>
/// Time counts in ticks of the host itself, not by the clock. A host that was suspended, or that had no processor time for itself, must not
/// find all of its machines silent when it wakes.
/// </remarks>
internal sealed class MachineWatch(IMachineSigns machine)
{
    /// <summary>The time between two ticks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>The number of ticks after which an idle guest is asked. Each question wakes it.</summary>
    public const int IdleTicks = 15;

    /// <summary>
    /// The number of ticks after which a guest that leaves a question unanswered hangs. Only ticks in which it could have answered count.
    /// </summary>
    public const int GuestTicks = 10;

    /// <summary>The number of ticks after which QEMU hangs if it leaves a command unanswered. Some commands flush the disk first.</summary>
    public const int MonitorTicks = 30;

    /// <summary>
    /// The number of ticks after which a process that a signal has stopped is given up. It does not continue by itself, but the process
    /// that stopped it gets a moment to let it continue.
    /// </summary>
    public const int StoppedTicks = 3;

    private long _heardFromGuest;
    private long _heardFromMonitor;
    private long _sentToGuest;
    private int _idle;
    private double _guestSilence;
    private double _monitorSilence;
    private int _stopped;
    private bool _asked;

    /// <summary>Handles the passing of a tick.</summary>
    /// <returns>A sentence that says what hangs; <see langword="null"/> while nothing does.</returns>
    public string? Tick()
    {
        bool guestIsSilent = machine.IsGuestExpected && !HasChanged(ref _heardFromGuest, machine.HeardFromGuest);
        bool monitorIsSilent = machine.IsMonitorExpected && !HasChanged(ref _heardFromMonitor, machine.HeardFromMonitor);
        if (!guestIsSilent)
            (_idle, _guestSilence, _asked, _sentToGuest) = (0, 0, false, machine.SentToGuest);
        if (!monitorIsSilent)
            _monitorSilence = 0;
        if (!guestIsSilent && !machine.IsQemuExpected)
        {
            _stopped = 0;
            return null;
        }

        ProcessCondition condition = machine.LookAtProcess();
        _stopped = condition.IsStopped ? _stopped + 1 : 0;
        if (_stopped > 0)
            return _stopped >= StoppedTicks ? "QEMU's process was stopped by a signal (SIGSTOP) and does not continue." : null;

        if (monitorIsSilent && (_monitorSilence += condition.Share) > MonitorTicks)
            return $"QEMU has not answered its monitor for {MonitorTicks} s.";
        return guestIsSilent ? CountSilence(condition.Share) : null;
    }

    private string? CountSilence(double share)
    {
        if (_asked)
        {
            return (_guestSilence += share) < GuestTicks
                ? null
                : $"The agent in it has not answered for {GuestTicks} s, although QEMU had a processor: the guest's kernel hangs, "
                    + "or its processors have no time for the agent.";
        }

        // The guest may owe an answer to other messages anyway. Otherwise ask, but not an idle guest all the time.
        if (machine.SentToGuest == _sentToGuest && ++_idle < IdleTicks)
            return null;
        machine.AskGuest();
        _asked = true;
        return null;
    }

    private static bool HasChanged(ref long known, long now)
    {
        bool changed = known != now;
        known = now;
        return changed;
    }
}
