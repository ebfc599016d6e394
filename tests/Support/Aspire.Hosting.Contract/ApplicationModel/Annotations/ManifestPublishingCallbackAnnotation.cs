using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Writes the resource into the manifest; without a callback it is left out.</summary>
public class ManifestPublishingCallbackAnnotation(Func<ManifestPublishingContext, Task>? callback) : IResourceAnnotation
{
    public static ManifestPublishingCallbackAnnotation Ignore { get; } = new(null);

    public Func<ManifestPublishingContext, Task>? Callback { get; } = callback;
}
