using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Orchestration;

/// <summary>Which resources are parts of others: they live as the whole does, unless they have a process of their own.</summary>
internal sealed class ResourceFamilies(DistributedApplicationModel model, IDistributedApplicationEventing eventing)
{
    public static IResource? ParentOf(IResource resource) => resource is IResourceWithParent { Parent: var parent }
        ? parent
        : resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(relationship => relationship.Type == "Parent")?.Resource;

    public IEnumerable<IResource> PartsOf(IResource resource) =>
        model.Resources.Where(part => part is IResourceWithParent { Parent: var parent } && parent == resource && !HasOwnLife(part));

    /// <summary>Publishes an event for the resource and for its parts.</summary>
    public async Task PublishAsync<T>(IResource resource, Func<IResource, T?> create, CancellationToken cancellationToken)
        where T : class, IDistributedApplicationResourceEvent
    {
        if (create(resource) is { } @event)
            await eventing.PublishAsync(@event, cancellationToken);

        foreach (IResource part in PartsOf(resource))
            await PublishAsync(part, create, cancellationToken);
    }

    private static bool HasOwnLife(IResource resource) =>
        resource.IsContainer() || resource is ContainerResource or ExecutableResource or ProjectResource or ParameterResource;
}
