using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Network;
using Islet.Aspire.Starts;
using Islet.Containers;
using Islet.Diagnostics;

namespace Islet.Aspire.Lives;

internal sealed partial class MicroVmLife
{
    /// <summary>Starts the container, if it does not run, once what it waits for is there.</summary>
    /// <returns>Why it did not start; <see langword="null"/> when it has, or did before.</returns>
    public async Task<Exception?> StartAsync(CancellationToken cancellationToken)
    {
        // Whoever waits for its dependencies is starting already; another state than this ends the wait.
        if (State == KnownResourceStates.Waiting)
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
            return null;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _around.Stopping);
        using IDisposable turn = await TakeTurnAsync(ending.Token).ConfigureAwait(false);
        return _running is null ? await StartNewAsync(ending.Token).ConfigureAwait(false) : null;
    }

    private async Task<Exception?> StartNewAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Starting, StopTimeStamp = null, ExitCode = null }).ConfigureAwait(false);
            await _around.Family.PublishEventAsync(
                Resource, part => part is IResourceWithConnectionString ? new ConnectionStringAvailableEvent(part, _around.Services) : null,
                cancellationToken).ConfigureAwait(false);

            // Its handlers wait for what the resource waits for.
            await _around.Eventing.PublishAsync(new BeforeResourceStartedEvent(Resource, _around.Services), cancellationToken).ConfigureAwait(false);
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
            ContainerDescription description = await new ContainerDescriber(_vm, _around, _log).DescribeAsync(cancellationToken).ConfigureAwait(false);
            foreach (PublishedEndpoint endpoint in _vm.Endpoints)
                endpoint.HostPort.Release();
            Container container = await StartContainerAsync(description, cancellationToken).ConfigureAwait(false);
            await RunAsync(container, description).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await FailAsync(exception).ConfigureAwait(false);
            return exception;
        }
    }

    private async Task<Container> StartContainerAsync(ContainerDescription description, CancellationToken cancellationToken)
    {
        if (_vm.IsPersistent && await TryRestoreAsync(description, cancellationToken).ConfigureAwait(false) is { } restored)
            return restored;

        return await description.Builder.StartAsync(_around.Runtime, cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(Container container, ContainerDescription description)
    {
        var running = new RunningContainer(container);
        _log.MicroVmRuns(container.Timeline.ToString());
        _running = running;
        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = DateTime.UtcNow,
            EnvironmentVariables = [.. description.Environment.Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true))],
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = false })],
            Properties = DashboardProperties.OfMachine(snapshot.Properties, container, _vm, description, _around.Runtime),
        }).ConfigureAwait(false);
        running.Ended = FollowAsync(running);
    }

    private async Task FailAsync(Exception exception)
    {
        // The evidence is part of the message: the container's last lines, and those of the machine's console.
        _log.StartFailed(exception is IsletException ? exception.Message : exception.ToString());
        await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.FailedToStart, StopTimeStamp = DateTime.UtcNow }).ConfigureAwait(false);
    }
}
