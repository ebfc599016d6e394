namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resources of an application, in the order they were added; a name is there once.</summary>
public interface IResourceCollection : IList<IResource>;

/// <summary>The application: all that belongs to it.</summary>
public class DistributedApplicationModel(IResourceCollection resources)
{
    public DistributedApplicationModel(IEnumerable<IResource> resources)
        : this(new ResourceCollection(resources))
    {
    }

    public IResourceCollection Resources { get; } = resources;
}
