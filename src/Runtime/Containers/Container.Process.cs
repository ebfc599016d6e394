using Islet.Containers;
using Islet.Diagnostics;
using Islet.Protocol;
using Islet.Protocol.Agent;
using Islet.Starting;
using Islet.VirtualMachines;
using Islet.Waiting;

namespace Islet;

// The container's own process: its start, its output and its end.
public sealed partial class Container
{
    private readonly Lock _ending = new();
    private LineSplitter _stdout;
    private LineSplitter _stderr;
    private volatile TaskCompletionSource<ProcessExit> _exited = NewExit();
    private volatile bool _hasEnded;

    /// <summary>
    /// A task that completes when the container's process has ended. It faults, with the reason, if the machine has crashed.
    /// </summary>
    /// <remarks>A restart, or a roll-back of a container that had stopped, makes a new task.</remarks>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>The exit code of the container's process; <see langword="null"/> while it runs, or if its machine crashed.</summary>
    public int? ExitCode => Exited is { IsCompletedSuccessfully: true } exited ? exited.Result.ExitCode : null;

    private static TaskCompletionSource<ProcessExit> NewExit() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes the files that the process needs, and starts the process in a machine that has none yet.</summary>
    internal async Task RunAsync(CancellationToken deadline)
    {
        StartupTimeline.PhaseScope phase = Timeline.Begin(StartupPhases.Process);
        bool copies = _options.Files.Length + _options.Copies.Length + _options.Archives.Length > 0;
        await StartProcessAsync(
            Agent.BootstrapAsync(Bootstrap.Create(_blueprint, _identity, start: !copies), deadline)).ConfigureAwait(false);
        ForwardHostPorts(_live);
        if (copies)
        {
            await CopyBeforeStartAsync(deadline).ConfigureAwait(false);
            await StartProcessAsync(Agent.StartProcessAsync(ProcessDefaults.ContainerProcessId, deadline)).ConfigureAwait(false);
        }

        await WatchProcessAsync(_live, deadline).ConfigureAwait(false);
        PublishPorts();
        _state = ContainerState.Running;
        phase.Complete();
    }

    /// <summary>Continues from a saved container's state and log, as a container of its own.</summary>
    internal async Task GoOnFromAsync(FrozenLog log, CancellationToken deadline)
    {
        Adopt(log);
        await RenewAsync(_live, Bootstrap.Renew(ClockTime, _identity), Timeline, deadline).ConfigureAwait(false);
        await WatchProcessAsync(_live, deadline).ConfigureAwait(false);
        ForwardHostPorts(_live);
        PublishPorts();
        MarkRunningOrStopped();
    }

    /// <summary>
    /// Waits for the builder's wait strategy, for the rest of the start timeout unless the builder set a ready timeout.
    /// </summary>
    internal async Task WaitUntilReadyAsync(TimeSpan rest, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = Timeline.Begin(StartupPhases.Ready);
        TimeSpan limit = _options.ReadyTimeout ?? (rest > TimeSpan.Zero ? rest : TimeSpan.FromTicks(1));
        await WaitRunner.RunAsync(_options.Wait ?? Wait.Default, this, limit, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        _logger.ContainerReady(Name, Image, Timeline);
    }

    private async Task StartProcessAsync(Task start)
    {
        try
        {
            await start.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new ProcessStartException(
                $"{Name} could not be started: {exception.Message}. Its process is {CommandText.Quote(_blueprint.Process.Arguments)}.", exception);
        }
    }

    /// <summary>Attaches to the process's output and to its end, and to the machine's end.</summary>
    private async Task WatchProcessAsync(LiveMachine live, CancellationToken cancellationToken)
    {
        await FollowOutputAsync(live, cancellationToken).ConfigureAwait(false);
        _ = ObserveExitAsync(live);
    }

    private async Task FollowOutputAsync(LiveMachine live, CancellationToken cancellationToken)
    {
        // Both are requested at once, so that the answers cost one round trip.
        Task<GuestStream> stdout = live.Agent.OpenStdioAsync(
            ProcessDefaults.ContainerProcessId, StdioStream.Types.Channel.Stdout, cancellationToken);
        Task<GuestStream>? stderr = _options.Terminal is null
            ? live.Agent.OpenStdioAsync(ProcessDefaults.ContainerProcessId, StdioStream.Types.Channel.Stderr, cancellationToken)
            : null;

        List<Task> pumps = [PumpLogAsync(await stdout.ConfigureAwait(false), _stdout)];
        if (stderr is not null)
            pumps.Add(PumpLogAsync(await stderr.ConfigureAwait(false), _stderr));
        live.Output = Task.WhenAll(pumps);
    }

    private async Task ObserveExitAsync(LiveMachine live)
    {
        Task<Protocol.Agent.ProcessExit> exit = live.Agent.WaitProcessAsync(ProcessDefaults.ContainerProcessId, CancellationToken.None);
        await Task.WhenAny(exit, live.Machine.Exited).ConfigureAwait(false);
        if (exit.IsCompletedSuccessfully)
        {
            // A caller that sees the exit must also find the last lines in the log.
            await Task.WhenAny(live.Output, live.Machine.Exited).ConfigureAwait(false);
            TryEnd(live)?.TrySetResult(ToProcessExit(exit.Result));
            return;
        }

        VirtualMachineExit end = await live.Machine.Exited.ConfigureAwait(false);
        if (TryEnd(live) is not { } exited)
            return;

        IsletException reason = Explain(await MachineEndAsync(live.Machine, end.Description, cause: null).ConfigureAwait(false));
        try
        {
            // A caller that sees the end must also find the crash in the metrics and in the log.
            if (end.Crashed || live.Machine.Faulted.IsCompleted)
            {
                IsletMetrics.Crashes.Add(1);
                _logger.MachineCrashed(Name, live.Machine.Faulted.IsCompleted ? reason.Reason : end.Description);
            }
        }
        finally
        {
            exited.TrySetException(reason);

            // The exception is observed here, because the owner of a container that is disposed while it runs may never await it.
            _ = exited.Task.Exception;
        }
    }

    /// <summary>Marks the container as stopped, unless another machine has replaced the one that has ended.</summary>
    private TaskCompletionSource<ProcessExit>? TryEnd(LiveMachine live)
    {
        lock (_ending)
        {
            if (live.IsRetired)
                return null;

            _stdout.Complete();
            _stderr.Complete();
            _log.Complete();
            _hasEnded = true;
            if (_state is ContainerState.Created or ContainerState.Running or ContainerState.Paused)
                _state = ContainerState.Stopped;
            return _exited;
        }
    }

    // Partial lines are dropped: they belong to a run of the process that is over or undone.
    private void BeginNewLife()
    {
        _stdout = new LineSplitter((text, isPartial) => _log.Append(OutputStreams.Stdout, text, isPartial));
        _stderr = new LineSplitter((text, isPartial) => _log.Append(OutputStreams.Stderr, text, isPartial));
        if (!_hasEnded)
            return;

        _hasEnded = false;
        _exited = NewExit();
        _log.Reopen();
    }

    /// <summary>Sets the state again after an operation during which the process may have ended.</summary>
    private void MarkRunningOrStopped()
    {
        _state = ContainerState.Running;
        if (_hasEnded)
            _state = ContainerState.Stopped;
    }
}
