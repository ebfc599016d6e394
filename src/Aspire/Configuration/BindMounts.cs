using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Logging;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Configuration;

/// <summary>Bind mounts. A micro-VM shares no files with the host: they are copied, and the resource's log says so.</summary>
internal static class BindMounts
{
    public static ContainerBuilder Add(ContainerBuilder builder, ContainerResource resource, ILogger log)
    {
        foreach (ContainerMountAnnotation mount in resource.Annotations
            .OfType<ContainerMountAnnotation>().Where(mount => mount.Type == ContainerMountType.BindMount))
        {
            string source = mount.Source!;
            if (!File.Exists(source) && !Directory.Exists(source))
                throw new DistributedApplicationException(
                    $"The bind mount of '{resource.Name}' names {source}, and there is nothing on the host. Make it, "
                    + "or remove the bind mount.");
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
                $"The bind mount of '{resource.Name}' names {source}, which can't be read as a file: {exception.Message} A socket or "
                + "device of the host can't be in a micro-VM: leave a container that needs one to a container engine.", exception);
        }
    }
}
