namespace Aspire.Hosting.ApplicationModel;

/// <summary>How the resource stands to another one, such as "Parent" or "Reference".</summary>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public string Type { get; } = type;
}
