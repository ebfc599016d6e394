using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Containers;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Starts;

/// <summary>Bind mounts and volumes. A micro-VM shares no files with the host: what can't be the same is said in the resource's log.</summary>
internal static class ContainerMounts
{
    public static ContainerBuilder Add(ContainerBuilder builder, ContainerResource resource, ILogger log)
    {
        foreach (ContainerMountAnnotation mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            if (mount.Type == ContainerMountType.Volume)
            {
                // What the image has at the path is there, as in a new volume.
                log.VolumeIsOwn(mount.Source ?? "without a name", mount.Target);
                continue;
            }

            string source = mount.Source!;
            if (!File.Exists(source) && !Directory.Exists(source))
                throw new DistributedApplicationException($"The bind mount of '{resource.Name}' names {source}, and there is nothing on the host. Make it, or remove the bind mount.");
            if (!Directory.Exists(source))
                RequireFile(resource, source);
            log.BindMountIsCopied(source, mount.Target);
            builder = builder.WithCopy(source, mount.Target);
        }

        return builder;
    }

    private static void RequireFile(ContainerResource resource, string source)
    {
        try
        {
            using var file = File.OpenHandle(source);
        }
        catch (IOException exception)
        {
            throw new DistributedApplicationException(
                $"The bind mount of '{resource.Name}' names {source}, which can't be read as a file: {exception.Message} A socket or device of the host "
                + "can't be in a micro-VM: leave a container that needs one to a container engine.", exception);
        }
    }
}
