using System.Diagnostics;
using Islet.Description;
using Islet.Diagnostics;

namespace Islet.Containers;

/// <summary>The tags of an activity that describe its container.</summary>
internal static class ContainerTags
{
    public static void Describe(this Activity activity, ContainerOptions options)
    {
        activity.SetTag(TelemetryTags.ContainerName, options.Name ?? ContainerName.From(options.Image));
        activity.SetTag(TelemetryTags.ContainerImage, options.Image.ToString());
    }

    public static void Describe(this Activity activity, Container container)
    {
        activity.SetTag(TelemetryTags.ContainerName, container.Name);
        activity.SetTag(TelemetryTags.ContainerImage, container.Image.ToString());
        activity.SetTag(TelemetryTags.Backend, container.Backend);
        activity.SetTag(TelemetryTags.Accelerator, container.Accelerator);
        activity.SetTag(TelemetryTags.Memory, container.MemoryLimit.Bytes);
        activity.SetTag(TelemetryTags.Cpus, container.Cpus);
    }
}
