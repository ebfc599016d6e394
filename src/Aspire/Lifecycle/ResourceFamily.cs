using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Islet.Aspire.Lifecycle;

/// <summary>A resource with those that are parts of it and follow its state, such as the databases of a server.</summary>
internal sealed class ResourceFamily(
    DistributedApplicationModel model, ResourceNotificationService notifications, IDistributedApplicationEventing eventing)
{
    /// <summary>Publishes a change of the resource, and the resulting state for its parts too.</summary>
    public async Task PublishAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        CustomResourceSnapshot? changed = null;
        await notifications.PublishUpdateAsync(resource, snapshot => changed = change(snapshot)).ConfigureAwait(false);
        foreach (IResource part in PartsOf(resource))
        {
            await PublishAsync(part, snapshot => snapshot with
            {
                State = changed!.State,
                StartTimeStamp = changed.StartTimeStamp,
                StopTimeStamp = changed.StopTimeStamp,
                ExitCode = changed.ExitCode,
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Publishes an event of the resource and of each of its parts.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="create">Creates the event; <see langword="null"/>: there is none for this resource.</param>
    /// <param name="cancellationToken">The token that the handlers get.</param>
    public async Task PublishEventAsync<T>(IResource resource, Func<IResource, T?> create, CancellationToken cancellationToken)
        where T : class, IDistributedApplicationEvent
    {
        if (create(resource) is { } @event)
            await eventing.PublishAsync(@event, cancellationToken).ConfigureAwait(false);
        foreach (IResource part in PartsOf(resource))
            await PublishEventAsync(part, create, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<IResource> PartsOf(IResource resource) => model.Resources
        .Where(other => other is IResourceWithParent part && part.Parent == resource && !HasOwnLifecycle(other))
        .ToArray();

    private static bool HasOwnLifecycle(IResource resource) =>
        resource is ContainerResource or ExecutableResource or ProjectResource or ParameterResource;
}
