using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire;

/// <summary>The annotation by which a container is known to run in a micro-VM.</summary>
internal static class MicroVmSwitch
{
    /// <summary>Adds it, unless it is there, and gives the options.</summary>
    public static MicroVmOptions TurnOn(ContainerResource container)
    {
        if (container.Annotations.OfType<MicroVmAnnotation>().LastOrDefault() is not { } annotation)
        {
            annotation = new MicroVmAnnotation();
            container.Annotations.Add(annotation);
        }

        return annotation.Options;
    }
}
