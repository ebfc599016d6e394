using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire;

/// <summary>The annotation that marks a container to run in a micro-VM.</summary>
internal static class MicroVmAnnotations
{
    /// <summary>Adds the annotation if it is missing and returns its options.</summary>
    public static MicroVmOptions GetOrAdd(ContainerResource container)
    {
        if (container.Annotations.OfType<MicroVmAnnotation>().LastOrDefault() is not { } annotation)
        {
            annotation = new MicroVmAnnotation();
            container.Annotations.Add(annotation);
        }

        return annotation.Options;
    }
}
