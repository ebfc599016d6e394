using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

internal sealed class ResourceCollection(IEnumerable<IResource> resources) : Collection<IResource>([.. resources]), IResourceCollection
{
    protected override void InsertItem(int index, IResource item)
    {
        if (this.Any(other => string.Equals(other.Name, item.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{item.GetType()}' with name '{item.Name}' because a resource with that name already exists.");
        }

        base.InsertItem(index, item);
    }
}
