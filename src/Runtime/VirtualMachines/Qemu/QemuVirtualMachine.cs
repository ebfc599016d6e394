using System.Net.Sockets;
using Islet.Agent;
using Islet.Native.Posix;
using Islet.VirtualMachines.Qemu.Monitor;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachines.Qemu;

/// <summary>A machine in its own QEMU. It owns the process, the monitor, the agent's channel and the directory; all end with it.</summary>
/// <remarks>
/// <code>
/// StartAsync ────► booting ──► up ◄──► paused, saved
///                agent's port  ▲ │
///                   opened     │ └──► ended ──► disposed
/// RestoreAsync ──► loading ────┘       ▲ the process ended, from any of these: asked for, powered off, panicked, killed
/// </code>
/// </remarks>
internal sealed partial class QemuVirtualMachine : IVirtualMachine
{
    private const int EvidenceLines = 50;
    private const int ErrorLines = 5;

    private readonly Launch _launch;
    private readonly MachineDirectory _directory;
    private readonly QemuProcess _process;
    private readonly ConsoleLog _console = new();
    private readonly Task _consoleFollowed;
    private readonly Socket _agent; // the channel's, once there is one
    private readonly TaskCompletionSource _agentIsUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<IsletException> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _disposing = new();
    private GuestChannel? _channel;
    private QmpClient? _monitor;
    private TaskCompletionSource<string>? _migrationEnded;
    private Task? _disposed;
    private volatile string _name;
    private volatile bool _running;
    private volatile bool _endRequested;
    private volatile string _shutdownReason = "";

    private QemuVirtualMachine(Launch launch, MachineDirectory directory, QemuProcess process, Socket agent)
    {
        _launch = launch;
        _name = launch.Options.Name;
        _running = !launch.WaitsForSavedState;
        _directory = directory;
        _process = process;
        _agent = agent;
        _observation = new ProcessObservation(process.Id);
        _consoleFollowed = _console.FollowAsync(process.Console, directory.ConsoleLog);
        Exited = WatchAsync();
        _ = WatchForHangAsync();
    }

    /// <inheritdoc/>
    public int ProcessId => _process.Id;

    /// <inheritdoc/>
    public string Accelerator => _launch.Accelerator.Name;

    /// <inheritdoc/>
    public string DiskPath => _directory.RootDisk;

    /// <inheritdoc/>
    public IGuestChannel Channel => _channel ?? throw new InvalidOperationException("The machine is still being restored.");

    /// <inheritdoc/>
    public MachineNetwork Network => _process.Network;

    /// <inheritdoc/>
    public Task<VirtualMachineExit> Exited { get; }

    /// <inheritdoc/>
    public Task<IsletException> Faulted => _faulted.Task;

    /// <summary>The directory with the machine's files on the host.</summary>
    internal MachineDirectory Directory => _directory;

    /// <summary>The connected monitor.</summary>
    internal QmpClient Monitor => _monitor ?? throw new InvalidOperationException("The machine is still being started.");

    /// <inheritdoc/>
    public IReadOnlyList<string> ReadConsoleTail(int lines) => _console.LastLines(lines);

    /// <summary>Sets the name that messages use from now on.</summary>
    public void Rename(string name) => _name = name;

    /// <inheritdoc/>
    public void Kill(IsletException? fault = null)
    {
        if (_process.Ended.IsCompleted)
            return;
        if (fault is null)
            _endRequested = true;
        else
            _faulted.TrySetResult(fault);
        _process.Kill();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_disposing)
            _disposed ??= EndAsync();
        await _disposed.ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        Kill();
        await Exited.ConfigureAwait(false);
        if (_channel is { } channel)
            await channel.DisposeAsync().ConfigureAwait(false);
        _agent.Dispose();
        if (_monitor is { } monitor)
            await monitor.DisposeAsync().ConfigureAwait(false);
        _process.Monitor.Dispose();
        _process.State.Dispose();
        _process.Network.Dispose();
        _directory.Dispose();
    }

    private async Task<VirtualMachineExit> WatchAsync()
    {
        ExitStatus? status = await _process.Ended.ConfigureAwait(false);

        if (status?.Signal == Signals.BusError && OwnMemoryPath is { } memory)
            _faulted.TrySetResult(MemoryFile.NoSpace(memory));

        // The process is gone, so both of these end soon. Wait for them, because the last bytes must count.
        await _consoleFollowed.ConfigureAwait(false);
        if (_monitor is { } monitor)
            await monitor.Closed.ConfigureAwait(false);

        return new MachineEnd
        {
            Status = status,
            Errors = _process.LastErrors(ErrorLines),
            Console = _console.LastLines(EvidenceLines),
            ShutdownReason = _shutdownReason,
            Requested = _endRequested,
            AgentWasUp = _agentIsUp.Task.IsCompleted || _launch.WaitsForSavedState,
        }.ToExit();
    }

    // Called by the loop that reads the monitor.
    private void OnEvent(QmpEvent happened)
    {
        switch (happened.Name)
        {
            case "VSERPORT_CHANGE" when happened.Text("id") == CommandLine.AgentPortId && happened.Flag("open"):
                _agentIsUp.TrySetResult();
                break;
            case "RESUME":
                _running = true;
                break;
            case "STOP":
                _running = false;
                break;
            case "MIGRATION" when happened.Text("status") is "completed" or "failed" or "cancelled":
                Volatile.Read(ref _migrationEnded)?.TrySetResult(happened.Text("status"));
                break;
            case "SHUTDOWN":
                _shutdownReason = happened.Text("reason");
                break;
            default:
                if (DiskFault.From(happened, _directory.RootDisk) is { } fault)
                    _faulted.TrySetResult(fault);
                break;
        }
    }
}
