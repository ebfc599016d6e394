using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is known about a resource, beside its type and its name.</summary>
public interface IResourceAnnotation;

/// <summary>The annotations of a resource, in the order they were made.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>What becomes of the annotations of the same type.</summary>
public enum ResourceAnnotationMutationBehavior
{
    Append = 0,
    Replace = 1,
}
