using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Logging;

namespace Islet.Aspire.Lifecycle;

internal sealed partial class MicroVmExecutor
{
    // The exit code that a container engine reports for a killed process, and so for every process whose machine crashes.
    internal const int KilledExitCode = 128 + 9;

    /// <summary>Stops the container, if it runs or is starting, and returns when its resource's state shows that.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Interlocked.Exchange(ref _starts, new CancellationTokenSource()).CancelAsync().ConfigureAwait(false);
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        await StopRunningAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the container, if it runs, and starts it again in a new machine.</summary>
    public async Task<Exception?> RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync(cancellationToken).ConfigureAwait(false);
        return await StartAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task StopRunningAsync(CancellationToken cancellationToken)
    {
        if (_running is not { } running)
            return;

        await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
        running.IsStopping = true;
        try
        {
            if (_vm.IsPersistent)
                await KeepAsync(running.Container, running.Volumes.NextGeneration, cancellationToken).ConfigureAwait(false);

            // A container with volumes ends by itself, so that the volumes are complete.
            if (!_vm.IsPersistent || !running.Volumes.IsEmpty)
            {
                // A host that has no more time would have the container killed, and its unwritten data would be lost.
                CancellationToken patience = running.Volumes.IsEmpty ? cancellationToken : CancellationToken.None;
                await running.Container.StopAsync(_vm.Options.StopTimeout, cancellationToken: patience).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IsletException or OperationCanceledException)
        {
            // The container ends now in any case.
        }

        // After a checkpoint the container has no process left that could end, only a machine.
        if (!running.Container.Exited.IsCompleted)
            await running.Container.DisposeAsync().ConfigureAwait(false);
        await running.Ended.ConfigureAwait(false);
    }

    /// <summary>Follows a container until it has ended.</summary>
    private async Task FollowAsync(RunningContainer running)
    {
        await running.Console.FollowAsync(running.Container).ConfigureAwait(false);
        int exitCode = await WaitForExitAsync(running).ConfigureAwait(false);
        using (running.Volumes)
            await running.Volumes.KeepAsync(running.Container).ConfigureAwait(false);

        // The ports are free again before any observer learns of the end, because it may want to start the container again.
        await running.Container.DisposeAsync().ConfigureAwait(false);
        await ForgetCheckpointAsync().ConfigureAwait(false);
        _running = null;
        await PublishEndAsync(new(KnownResourceStates.Exited, null), exitCode).ConfigureAwait(false);
    }

    /// <summary>Publishes the end of the resource, and the kind of end, in its state and by the event.</summary>
    private async Task PublishEndAsync(ResourceStateSnapshot state, int? exitCode)
    {
        await PublishAsync(snapshot => snapshot with
        {
            State = state,
            ExitCode = exitCode,
            StopTimeStamp = DateTime.UtcNow,
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = true })],
            Properties = DashboardProperties.OfCheckpoints(snapshot.Properties, _checkpoints),
        }).ConfigureAwait(false);
        await _services.Family.PublishEventAsync(
            Resource,
            part => _services.Notifications.TryGetCurrentState(part.Name, out ResourceEvent? last)
                ? new ResourceStoppedEvent(part, _services.Provider, last)
                : null,
            CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<int> WaitForExitAsync(RunningContainer running)
    {
        try
        {
            ProcessExit exit = await running.Container.Exited.ConfigureAwait(false);
            if (exit.OutOfMemory)
                _log.OutOfMemory();
            return exit.ExitCode;
        }
        catch (IsletException exception)
        {
            if (running.IsStopping)
                return 0;
            _log.Crashed(exception.Message);
            return KilledExitCode;
        }
    }
}
