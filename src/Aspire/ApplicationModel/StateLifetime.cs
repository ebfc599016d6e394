using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.ApplicationModel;

#pragma warning disable ASPIREPERSISTENCE001 // experimental so far: WithPersistentLifetime, WithLifetimeOf, WithParentProcessLifetime

/// <summary>The lifetime of a container's state.</summary>
/// <param name="IsPersistent">Whether the container's state outlives the application.</param>
/// <param name="ParentProcess">
/// The process with which the state ends, as one text; <see langword="null"/>: the state has no such end.
/// </param>
internal sealed record StateLifetime(bool IsPersistent, string? ParentProcess = null)
{
    public static StateLifetime Of(IResource resource) => Of(resource, []);

    private static StateLifetime Of(IResource resource, HashSet<IResource> seen)
    {
        if (!seen.Add(resource))
            throw new DistributedApplicationException(
                $"The lifetime of '{resource.Name}' can't be told: it is that of another resource, and that one's is its own. "
                + "Give one of them a lifetime itself.");
        if (resource.Annotations.OfType<PersistenceAnnotation>().LastOrDefault() is not { } persistence)
            return new StateLifetime(
                resource.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime == ContainerLifetime.Persistent);

        return persistence.Mode switch
        {
            PersistenceMode.Persistent => new StateLifetime(true),
            PersistenceMode.Resource when persistence.SourceResource is { } source => Of(source, seen),
            PersistenceMode.ParentProcess => new StateLifetime(
                true, FormattableString.Invariant($"{persistence.ParentProcessId} {persistence.ParentProcessTimestamp:O}")),
            _ => new StateLifetime(false),
        };
    }
}
