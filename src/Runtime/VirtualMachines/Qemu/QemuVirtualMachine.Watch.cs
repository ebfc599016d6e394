using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachines.Qemu;

// A machine that hangs is ended, so that callers that wait for it fail and learn the reason.
internal sealed partial class QemuVirtualMachine : IMachineSigns
{
    private readonly ProcessObservation _observation;

    bool IMachineSigns.IsGuestExpected =>
        _running && _channel is { Closed.IsCompleted: false } && (_launch.WaitsForSavedState || _agentIsUp.Task.IsCompleted);

    bool IMachineSigns.IsQemuExpected =>
        _monitor is null || _monitor.IsAnswerAwaited || Volatile.Read(ref _migrationEnded) is { Task.IsCompleted: false };

    bool IMachineSigns.IsMonitorExpected => _monitor is { IsAnswerAwaited: true };

    long IMachineSigns.HeardFromGuest => _channel?.Heard ?? 0;

    long IMachineSigns.SentToGuest => _channel?.Sent ?? 0;

    long IMachineSigns.HeardFromMonitor => _monitor?.Heard ?? 0;

    void IMachineSigns.AskGuest() => _channel?.Ask();

    ProcessCondition IMachineSigns.LookAtProcess() => _observation.Look();

    private async Task WatchForHangAsync()
    {
        var watch = new MachineWatch(this);
        using var timer = new PeriodicTimer(MachineWatch.Interval);
        while (!_process.Ended.IsCompleted && await timer.WaitForNextTickAsync().ConfigureAwait(false))
        {
            if (watch.Tick() is not { } hang)
                continue;

            Kill(new VirtualMachineException($"The machine '{_name}' hangs and was ended. {hang} (QEMU's process was {ProcessId}.)"));
            return;
        }
    }
}
