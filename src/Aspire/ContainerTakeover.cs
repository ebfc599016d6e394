using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Logging;
using Microsoft.Extensions.Configuration;

namespace Islet.Aspire;

/// <summary>
/// Takes containers over from the orchestrator, which recognizes them only by their <see cref="ContainerImageAnnotation"/>.
/// </summary>
internal sealed class ContainerTakeover(
    DistributedApplicationModel model, ResourceLoggerService loggers, bool randomizePorts, IConfiguration configuration)
{
    // The type is not public. Aspire waits until the terminal's host is dialled, and only its orchestrator dials it.
    private const string TerminalAnnotation = "Aspire.Hosting.ApplicationModel.TerminalAnnotation";

    public IReadOnlyList<MicroVm> Run()
    {
        MicroVm[] vms =
        [
            .. from container in model.Resources.OfType<ContainerResource>()
               from annotation in container.Annotations.OfType<MicroVmAnnotation>().TakeLast(1).ToArray()
               select Take(container, annotation.Options),
        ];
        WarnOfEnginesContainers(vms);
        return vms;
    }

    private MicroVm Take(ContainerResource container, MicroVmOptions options)
    {
        if (container.IsEmulator())
            throw Unsupported(
                container, "is the emulator of a cloud service, which Aspire drives through a container engine",
                "Leave it to the engine: don't call RunAsMicroVm for it.");
        if (options.Image is null && container.HasAnnotationOfType<DockerfileBuildAnnotation>())
        {
            throw Unsupported(
                container, "is built from a Dockerfile, which takes a container engine",
                $"Build it beforehand (docker build -t {container.Name} … && docker save -o {container.Name}.tar {container.Name}) and "
                + $"name the result: RunAsMicroVm(vm => vm.Image = \"docker-archive:{container.Name}.tar\"). Or leave it to the engine: "
                + $"UseMicroVms(c => c.Name != \"{container.Name}\").");
        }

        if (container.Annotations.Any(annotation => annotation.GetType().FullName == TerminalAnnotation))
        {
            throw Unsupported(
                container, "is to have a terminal (WithTerminal), which Aspire attaches to through a container engine",
                "Remove the call: the command 'Shell' opens a terminal in the container. Or leave it to the engine.");
        }

        string? image = options.Image;
        if (image is null && !container.TryGetContainerImageName(out image))
            throw Unsupported(container, "has no image", "Give it one with WithImage.");

        PublishedEndpoint[] endpoints =
        [
            .. container.Annotations.OfType<EndpointAnnotation>().Select(endpoint => Publish(container, endpoint)),
        ];
        foreach (ContainerImageAnnotation annotation in container.Annotations.OfType<ContainerImageAnnotation>().ToArray())
            container.Annotations.Remove(annotation);
        return new MicroVm
        {
            Resource = container,
            Options = options,
            Image = image,
            Endpoints = endpoints,
            Lifetime = StateLifetime.Of(container),
        };
    }

    private PublishedEndpoint Publish(ContainerResource container, EndpointAnnotation endpoint)
    {
        if (endpoint.Protocol != ProtocolType.Tcp)
            throw Unsupported(
                container, $"has the endpoint \"{endpoint.Name}\" over {endpoint.Protocol}, and only TCP is forwarded into a micro-VM",
                "Leave it to a container engine.");

        // Without a proxy, a port that was not given is the target port, so it is read before the proxy is switched off.
        int? wanted = endpoint.Port;
        int target = endpoint.TargetPort ?? wanted
            ?? throw Unsupported(
                container, $"has the endpoint \"{endpoint.Name}\" without a target port",
                "Say which port the container listens on: targetPort.");

        // As in the orchestrator, a port without a proxy is used exactly as given.
        bool isChosen = wanted is > 0 && (!randomizePorts || !endpoint.IsProxied);

        // With a proxy the orchestrator would take the port on the host. Without one, Aspire from 13.5 on requires both ports of a resource
        // that is no container to be equal; the allocated endpoint holds the port on the host.
        endpoint.IsProxied = false;
        endpoint.TargetPort = target;
        endpoint.Port = target;
        return new PublishedEndpoint(endpoint, target, isChosen ? ReservedPort.Chosen(wanted!.Value) : ReservedPort.TakeFree());
    }

    // From Aspire 13.3 on, such a container waits for a tunnel to a resource that the orchestrator does not know, and so forever.
    private void WarnOfEnginesContainers(MicroVm[] vms)
    {
        if (string.Equals(configuration["ASPIRE_ENABLE_CONTAINER_TUNNEL"], "false", StringComparison.OrdinalIgnoreCase))
            return;

        foreach (IResource container in model.Resources.Where(resource => resource.IsContainer()))
        {
            foreach (MicroVm vm in vms.Where(vm => RefersTo(container, vm.Resource)))
                loggers.GetLogger(container).EngineRefersToMicroVm(container.Name, vm.Resource.Name);
        }
    }

    private static bool RefersTo(IResource container, IResource vm) => container.Annotations.OfType<ResourceRelationshipAnnotation>()
        .Any(other => other.Resource == vm || other.Resource is IResourceWithParent child && child.Parent == vm);

    private static DistributedApplicationException Unsupported(ContainerResource container, string why, string what) =>
        new($"The container '{container.Name}' can't run in a micro-VM: it {why}. {what}");
}
