using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Finds containers.</summary>
public static class ContainerResourceExtensions
{
    public static IEnumerable<IResource> GetContainerResources(this DistributedApplicationModel model) => model.Resources.Where(IsContainer);

    public static bool IsContainer(this IResource resource) => resource.Annotations.OfType<ContainerImageAnnotation>().Any();
}

/// <summary>Finds emulators.</summary>
public static class EmulatorResourceExtensions
{
    public static bool IsEmulator(this IResource resource) => resource.Annotations.OfType<EmulatorResourceAnnotation>().Any();
}
