using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Logging;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Lifecycle;

/// <summary>Runs a fork, from its creation until it is stopped or the application ends.</summary>
internal sealed class ForkExecutor(
    MicroVmForkResource resource, Container container, MicroVm parent, ExecutorServices services, Action<ForkExecutor> removed)
    : IAsyncDisposable
{
    private readonly ILogger _log = services.Loggers.GetLogger(resource);
    private Task _ended = Task.CompletedTask;

    public MicroVmForkResource Resource => resource;

    public Container Container => container;

    public async Task BeginAsync()
    {
        foreach (ResourceIconAnnotation icon in parent.Resource.Annotations.OfType<ResourceIconAnnotation>())
            resource.Annotations.Add(icon);

        // The dashboard nests by the parent's id, which is its name or an id that the orchestrator has derived from it.
        ResourceEvent original = services.Notifications.TryGetCurrentState(parent.Resource.Name, out ResourceEvent? current)
            ? current
            : throw new InvalidOperationException($"Nothing is known of '{parent.Resource.Name}'.");
        await services.Notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            ResourceType = DashboardProperties.ResourceType,
            State = KnownResourceStates.Running,
            CreationTimeStamp = DateTime.UtcNow,
            StartTimeStamp = DateTime.UtcNow,
            Properties = DashboardProperties.OfFork(
                original.Snapshot.Properties, container, parent, original.ResourceId, services.Runtime),
            EnvironmentVariables = original.Snapshot.EnvironmentVariables,
            Volumes = original.Snapshot.Volumes,
            Relationships = [new RelationshipSnapshot(parent.Resource.Name, "Parent")],
            Urls = [.. original.Snapshot.Urls.Select(ToFork).OfType<UrlSnapshot>()],
        }).ConfigureAwait(false);
        _ended = FollowAsync();
    }

    /// <summary>Returns the fork's address for one of the original's endpoints.</summary>
    public string UrlOf(PublishedEndpoint endpoint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{endpoint.Annotation.UriScheme}://{KnownHostNames.Localhost}:{container.GetPort(endpoint.TargetPort)}");

    /// <summary>Stops the fork like any container: it has time to end by itself.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!container.Exited.IsCompleted)
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
            try
            {
                await container.StopAsync(parent.Options.StopTimeout, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IsletException or OperationCanceledException)
            {
                // The fork ends now in any case.
            }
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the fork at once and hides its resource: Aspire has no way to remove one.</summary>
    public async Task RemoveAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        removed(this);
        await PublishAsync(snapshot => snapshot with { IsHidden = true }).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await container.DisposeAsync().ConfigureAwait(false);
        await _ended.ConfigureAwait(false);
    }

    private Task PublishAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        services.Notifications.PublishUpdateAsync(resource, change);

    // Returns the same page of the same endpoint, at the fork's port. An address that belongs to no endpoint stays the original's.
    private UrlSnapshot? ToFork(UrlSnapshot url)
    {
        PublishedEndpoint? endpoint = parent.Endpoints.FirstOrDefault(endpoint => endpoint.Annotation.Name == url.Name);
        if (endpoint is null)
            return null;
        string before = string.Create(CultureInfo.InvariantCulture, $":{endpoint.HostPort.Number}");
        string after = string.Create(CultureInfo.InvariantCulture, $":{container.GetPort(endpoint.TargetPort)}");
        return url with { Url = url.Url.Replace(before, after, StringComparison.Ordinal), IsInactive = false };
    }

    private async Task FollowAsync()
    {
        await new ConsoleForwarding(_log).FollowAsync(container).ConfigureAwait(false);
        int exitCode = await WaitForExitAsync().ConfigureAwait(false);
        await container.DisposeAsync().ConfigureAwait(false);
        await PublishAsync(snapshot => snapshot with
        {
            State = KnownResourceStates.Exited,
            ExitCode = exitCode,
            StopTimeStamp = DateTime.UtcNow,
            Urls = [.. snapshot.Urls.Select(url => url with { IsInactive = true })],
        }).ConfigureAwait(false);
    }

    private async Task<int> WaitForExitAsync()
    {
        try
        {
            return (await container.Exited.ConfigureAwait(false)).ExitCode;
        }
        catch (IsletException exception)
        {
            if (container.State == ContainerState.Deleted)
                return 0;
            _log.Crashed(exception.Message);
            return MicroVmExecutor.KilledExitCode;
        }
    }
}
