namespace Islet.VirtualMachines.Qemu;

/// <summary>What a <see cref="MachineWatch"/> sees of a machine.</summary>
internal interface IMachineSigns
{
    /// <summary>Whether the guest runs and its agent is up: a paused machine is not expected to answer.</summary>
    bool IsGuestExpected { get; }

    /// <summary>Whether something is waited for that only QEMU itself can do: an answer of its monitor, a transfer of its state.</summary>
    bool IsQemuExpected { get; }

    /// <summary>Whether the monitor owes an answer.</summary>
    bool IsMonitorExpected { get; }

    /// <summary>Counts what came from the guest.</summary>
    long HeardFromGuest { get; }

    /// <summary>Counts what was sent to the guest.</summary>
    long SentToGuest { get; }

    /// <summary>Counts what came from the monitor.</summary>
    long HeardFromMonitor { get; }

    /// <summary>Asks the guest for a sign of life.</summary>
    void AskGuest();

    /// <summary>Looks at QEMU's process. Asked only once something is silent.</summary>
    ProcessCondition LookAtProcess();
}

/// <summary>What keeps a process from going on, if anything does.</summary>
/// <param name="IsStopped">Whether a signal has stopped it.</param>
/// <param name="Share">
/// The part of the time since the last look in which it could have run, from 0 to 1: the rest it waited for a processor, for the disk or for a
/// debugger, and its silence says nothing.
/// </param>
internal readonly record struct ProcessCondition(bool IsStopped, double Share)
{
    /// <summary>Nothing keeps it.</summary>
    public static ProcessCondition Free => new(false, 1);
}

/// <summary>Tells a machine that hangs from one that is paused, busy, or on a busy host. Pure: it is told when time passes.</summary>
/// <remarks>
/// Time counts in ticks of the host's own, not by the clock: a host that was suspended, or that had no processor to spare for itself,
/// must not find all of its machines silent when it wakes.
/// </remarks>
internal sealed class MachineWatch(IMachineSigns machine)
{
    /// <summary>So often a tick passes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>An idle guest is asked after so many ticks. Each question wakes it.</summary>
    public const int IdleTicks = 15;

    /// <summary>The guest hangs that leaves a question unanswered for so many ticks in which it could have answered.</summary>
    public const int GuestTicks = 10;

    /// <summary>QEMU hangs that leaves a command unanswered for so long: some of them flush the disk first.</summary>
    public const int MonitorTicks = 30;

    /// <summary>A process that was stopped by a signal does not go on by itself. Whoever stopped it may have a moment to let it go on.</summary>
    public const int StoppedTicks = 3;

    private long _heardFromGuest;
    private long _heardFromMonitor;
    private long _sentToGuest;
    private int _idle;
    private double _guestSilence;
    private double _monitorSilence;
    private int _stopped;
    private bool _asked;

    /// <summary>Lets a tick pass.</summary>
    /// <returns>What hangs, as a sentence; <see langword="null"/> while nothing does.</returns>
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
            return _stopped >= StoppedTicks ? "QEMU's process was stopped by a signal (SIGSTOP) and does not go on." : null;

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
                : $"The agent in it has not answered for {GuestTicks} s, although QEMU had a processor: the guest's kernel hangs, or its processors have no time for the agent.";
        }

        // An answer may be owed to what was said anyway; else one asks, but not an idle guest all the time.
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
