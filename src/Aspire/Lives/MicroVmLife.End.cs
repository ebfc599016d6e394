using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Lives;

internal sealed partial class MicroVmLife
{
    // What a container engine says of a process that was killed, as all are whose machine crashes.
    internal const int KilledExitCode = 128 + 9;

    /// <summary>Ends the container, if it runs or is starting, and returns when its state says so.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Interlocked.Exchange(ref _starts, new CancellationTokenSource()).CancelAsync().ConfigureAwait(false);
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        await StopRunningAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the container, if it runs, and starts it anew in a machine of its own.</summary>
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

            // What has volumes ends by itself, so that they are complete.
            if (!_vm.IsPersistent || !running.Volumes.IsEmpty)
            {
                // A host that has no more time would have the container killed, and what it has not written yet with it.
                CancellationToken patience = running.Volumes.IsEmpty ? cancellationToken : CancellationToken.None;
                await running.Container.StopAsync(_vm.Options.StopTimeout, cancellationToken: patience).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IsletException or OperationCanceledException)
        {
            // It ends now in any case.
        }

        // A frozen one has no process that could end, only a machine.
        if (!running.Container.Exited.IsCompleted)
            await running.Container.DisposeAsync().ConfigureAwait(false);
        await running.Ended.ConfigureAwait(false);
    }

    /// <summary>Goes with a container to its end.</summary>
    private async Task FollowAsync(RunningContainer running)
    {
        await running.Console.FollowAsync(running.Container).ConfigureAwait(false);
        int exitCode = await WaitForExitAsync(running).ConfigureAwait(false);
        using (running.Volumes)
            await running.Volumes.KeepAsync(running.Container).ConfigureAwait(false);

        // Its ports are free again before anybody hears of the end, and may want to start it again.
        await running.Container.DisposeAsync().ConfigureAwait(false);
        await ForgetCheckpointAsync().ConfigureAwait(false);
        _running = null;
        await PublishEndAsync(new(KnownResourceStates.Exited, null), exitCode).ConfigureAwait(false);
    }

    /// <summary>Says that the resource has come to its end, and of which kind, in its state and by the event.</summary>
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
        await _around.Family.PublishEventAsync(
            Resource,
            part => _around.Notifications.TryGetCurrentState(part.Name, out ResourceEvent? last) ? new ResourceStoppedEvent(part, _around.Services, last) : null,
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
