namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is to be seen of the resource at first.</summary>
public class ResourceSnapshotAnnotation(CustomResourceSnapshot initialSnapshot) : IResourceAnnotation
{
    public CustomResourceSnapshot InitialSnapshot { get; } = initialSnapshot;
}
