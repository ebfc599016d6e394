using Islet.Containers;
using Islet.Protocol.Agent;
using Islet.Starting;

namespace Islet;

// Another run of the container's process, in the same machine.
public sealed partial class Container
{
    private DateTimeOffset? _restarted;

    /// <summary>
    /// Starts the process of a stopped container again, and waits until it is ready. Files, published ports, hostname and identity stay the
    /// same. As in Docker, the content of a tmpfs (<c>/dev/shm</c>) is gone.
    /// </summary>
    /// <remarks>
    /// <see cref="Exited"/> is a new task from then on. The log continues, and waits for log lines see only the new ones. Startup callbacks
    /// do not run again: their results are in the files. If the process does not become ready, the container is left as it is, for
    /// inspection.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the wait; a process that was started runs on.</param>
    /// <exception cref="InvalidContainerStateException">The container has not stopped, or its machine has ended too.</exception>
    /// <exception cref="ProcessStartException">The process can't be started; the container is stopped as before.</exception>
    /// <exception cref="IsletException">It did not become ready; see <see cref="Wait"/>.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Stopped, "start");
        await StartAnewAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Stops the container's process, if it runs, and starts it again: see <see cref="StopAsync"/> and
    /// <see cref="StartAsync(CancellationToken)"/>.
    /// </summary>
    /// <param name="gracePeriod">The time to wait before SIGKILL. Default: 10 seconds.</param>
    /// <param name="signal">The signal to send first. Default: the builder's, else the image's STOPSIGNAL, else SIGTERM.</param>
    /// <param name="cancellationToken">Cancels the call; signals stay sent, and a started process runs on.</param>
    /// <exception cref="InvalidContainerStateException">The container is paused or deleted, or its machine has ended.</exception>
    /// <exception cref="ProcessStartException">The process can't be started; the container is stopped.</exception>
    /// <exception cref="IsletException">It did not become ready; see <see cref="Wait"/>.</exception>
    public async Task RestartAsync(
        TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (_state != ContainerState.Stopped)
            await StopRunningAsync("restart", gracePeriod, signal, cancellationToken).ConfigureAwait(false);
        await StartAnewAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task StartAnewAsync(CancellationToken cancellationToken)
    {
        EnsureMachine("start");
        var timeline = new StartupTimeline(_options.PhaseChanged);
        var operation = ContainerOperation.Restart(timeline);
        operation.Activity?.Describe(this);
        try
        {
            await StartProcessAnewAsync(timeline, cancellationToken).ConfigureAwait(false);
            await WaitUntilReadyAsync(_options.StartTimeout - timeline.Elapsed, cancellationToken).ConfigureAwait(false);
            operation.Complete();
        }
        catch (Exception exception)
        {
            operation.Fail(exception);
            if (exception is IsletException { Evidence.IsEmpty: true } unexplained)
                Explain(unexplained);
            throw;
        }
    }

    private async Task StartProcessAnewAsync(StartupTimeline timeline, CancellationToken cancellationToken)
    {
        // It is not cancelled halfway: a process that was started without the container's knowledge could never be stopped or started
        // again.
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(_options.StartTimeout);
        LiveMachine live = _live;
        Timeline = timeline;
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Process);
        ProcessSpec process = _blueprint.Process.ToSpec(ProcessDefaults.ContainerProcessId, _options);
        try
        {
            await StartProcessAsync(live.Agent.CreateProcessAsync(process, deadline.Token)).ConfigureAwait(false);
            lock (_ending)
            {
                _restarted = DateTimeOffset.UtcNow;
                BeginNewLife();
                _state = ContainerState.Running;
            }

            await WatchProcessAsync(live, deadline.Token).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception, live).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw new ProcessStartException(
                $"{Name} was not started again within {_options.StartTimeout.TotalSeconds:0} s: its agent does not answer. Dispose it.", exception);
        }

        phase.Complete();
    }
}
