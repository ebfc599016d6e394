using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Health;

namespace Aspire.Hosting.Orchestration;

/// <summary>Keeps what is to be seen of the resources up to date with the events about them.</summary>
internal sealed class ResourceStates(ResourceNotificationService notifications, IDistributedApplicationEventing eventing)
{
    public static ImmutableArray<HealthReportSnapshot> InitialHealthReports(IResource resource) =>
        [.. ResourceHealthMonitor.KeysOf(resource).Select(key => new HealthReportSnapshot(key, null, null, null))];

    public void Subscribe()
    {
        eventing.Subscribe<ResourceEndpointsAllocatedEvent>((@event, _) => PublishUrlsAsync(@event.Resource));
        eventing.Subscribe<ConnectionStringAvailableEvent>((@event, cancellationToken) => PublishConnectionStringAsync(@event.Resource, cancellationToken));
        eventing.Subscribe<BeforeResourceStartedEvent>((@event, cancellationToken) => WaitForDependenciesAsync(@event.Resource, cancellationToken));
    }

    public Task PublishInitialAsync(IResource resource) => notifications.PublishUpdateAsync(resource, snapshot => snapshot with
    {
        Relationships = [.. resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(other => new RelationshipSnapshot(other.Resource.Name, other.Type))],
        HealthReports = InitialHealthReports(resource),
        Properties = ResourceFamilies.ParentOf(resource) is { } parent
            ? [.. snapshot.Properties, new ResourcePropertySnapshot("resource.parentName", parent.Name)]
            : snapshot.Properties,
    });

    // A URL of an endpoint is inactive until whoever allocated the endpoint says that somebody listens there.
    private Task PublishUrlsAsync(IResource resource) => notifications.PublishUpdateAsync(resource, snapshot => snapshot with
    {
        Urls =
        [
            .. resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.AllocatedEndpoint is not null)
                .Select(endpoint => new UrlSnapshot(endpoint.Name, endpoint.AllocatedEndpoint!.UriString, IsInternal: false) { IsInactive = true }),
        ],
    });

    private async Task PublishConnectionStringAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (resource is not IResourceWithConnectionString connectable)
            return;

        string? connectionString = await connectable.GetConnectionStringAsync(cancellationToken);
        var property = new ResourcePropertySnapshot(CustomResourceKnownProperties.ConnectionString, connectionString) { IsSensitive = true };
        await notifications.PublishUpdateAsync(resource, snapshot => snapshot with { Properties = [.. snapshot.Properties, property] });
    }

    // The wait ends too when somebody gives the start command: it takes the resource out of the state Waiting.
    private async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task dependencies = notifications.WaitForDependenciesAsync(resource, ending.Token);
        if (dependencies.IsCompletedSuccessfully)
            return;

        try
        {
            Task<ResourceEvent> startedByHand = notifications.WaitForResourceAsync(
                resource.Name, update => update.Snapshot.State?.Text != KnownResourceStates.Waiting, ending.Token);
            await await Task.WhenAny(dependencies, startedByHand);
        }
        finally
        {
            await ending.CancelAsync();
        }
    }
}
