using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Configuration;
using Islet.Aspire.Logging;
using Islet.Aspire.Volumes;

namespace Islet.Aspire.Lifecycle;

internal sealed partial class MicroVmExecutor
{
    // Belongs to all starts requested since the last stop, which has cancelled the earlier ones. Never disposed: it has no timer.
    private CancellationTokenSource _starts = new();

    // The exit codes of `docker run` for a container that could not be started.
    private const int EngineFailedExitCode = 125, ProgramMissingExitCode = 127;

    /// <summary>Starts the container, if it does not run, once its dependencies are ready.</summary>
    /// <returns>The reason why it did not start; <see langword="null"/> when it has started, or was running before.</returns>
    public async Task<Exception?> StartAsync(CancellationToken cancellationToken)
    {
        // A resource that waits for its dependencies is starting already; any other state ends the wait.
        if (State == KnownResourceStates.Waiting)
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
            return null;
        }

        CancellationToken stopped = Volatile.Read(ref _starts).Token;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _services.Stopping, stopped);
        try
        {
            using IDisposable turn = await TakeTurnAsync(ending.Token).ConfigureAwait(false);
            return _running is null ? await StartNewAsync(ending.Token).ConfigureAwait(false) : null;
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new InvalidOperationException($"'{Resource.Name}' was stopped while it was starting.");
        }
    }

    private async Task<Exception?> StartNewAsync(CancellationToken cancellationToken)
    {
        var volumes = new HeldVolumes(_vm.Resource, _services.Volumes, _log);
        try
        {
            await PublishAsync(snapshot =>
                snapshot with { State = KnownResourceStates.Starting, StopTimeStamp = null, ExitCode = null }).ConfigureAwait(false);
            await _services.Family.PublishEventAsync(
                Resource,
                part => part is IResourceWithConnectionString ? new ConnectionStringAvailableEvent(part, _services.Provider) : null,
                cancellationToken).ConfigureAwait(false);

            // The handlers of this event wait for the resource's dependencies.
            await _services.Eventing.PublishAsync(
                new BeforeResourceStartedEvent(Resource, _services.Provider), cancellationToken).ConfigureAwait(false);

            // A cancelled wait may end like a completed one.
            cancellationToken.ThrowIfCancellationRequested();
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
            var console = new ConsoleForwarding(_log);
            ContainerDescription description = await DescribeAsync(volumes, console, cancellationToken).ConfigureAwait(false);
            foreach (PublishedEndpoint endpoint in _vm.Endpoints)
                endpoint.HostPort.Release();
            Container container = await StartContainerAsync(description, volumes.Generation, cancellationToken).ConfigureAwait(false);
            await RunAsync(new RunningContainer(container, console, volumes), description).ConfigureAwait(false);
            return null;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            volumes.Dispose();
            await PublishEndAsync(new(KnownResourceStates.Exited, null), null).ConfigureAwait(false);
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception)
        {
            volumes.Dispose();
            await FailAsync(exception).ConfigureAwait(false);
            return exception;
        }
    }

    private async Task<ContainerDescription> DescribeAsync(
        HeldVolumes volumes, ConsoleForwarding console, CancellationToken cancellationToken)
    {
        volumes.Take();
        var configurator = new ContainerConfigurator(_vm, _services.Network, volumes, _services.Context, _services.Provider, console, _log);
        return await configurator.DescribeAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<Container> StartContainerAsync(ContainerDescription description, string volumes, CancellationToken cancellationToken)
    {
        if (_vm.IsPersistent && await TryRestoreAsync(description, volumes, cancellationToken).ConfigureAwait(false) is { } restored)
            return restored;

        return await description.Builder.StartAsync(_services.Runtime, cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(RunningContainer running, ContainerDescription description)
    {
        Container container = running.Container;
        _log.MicroVmRuns(container.Timeline.ToString());
        _running = running;
        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = DateTime.UtcNow,
            EnvironmentVariables = [.. description.Environment.Select(
                variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true))],
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = false })],
            Properties = DashboardProperties.OfStart(snapshot.Properties, container, _vm, description, _services.Runtime),
        }).ConfigureAwait(false);
        running.Ended = FollowAsync(running);
    }

    private async Task FailAsync(Exception exception)
    {
        // The message contains the evidence: the last lines of the container and of the machine's console.
        _log.StartFailed(exception is IsletException ? exception.Message : exception.ToString());
        // Without an exit code the dashboard would show only a warning.
        await PublishEndAsync(
            new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            exception is ContainerStartException { Reason: ContainerStartReason.Process }
                ? ProgramMissingExitCode
                : EngineFailedExitCode).ConfigureAwait(false);
    }
}
