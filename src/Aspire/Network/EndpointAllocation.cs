using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;

namespace Islet.Aspire.Network;

/// <summary>
/// Allocation of a micro-VM's endpoints: their addresses for processes of the host and for a container engine's containers.
/// </summary>
internal static class EndpointAllocation
{
    public static void Allocate(MicroVm vm)
    {
        foreach (PublishedEndpoint endpoint in vm.Endpoints)
        {
            EndpointAnnotation annotation = endpoint.Annotation;
            int port = endpoint.HostPort.Number;
            annotation.AllocatedEndpoint = new AllocatedEndpoint(
                annotation, KnownHostNames.Localhost, port, OrchestratorTemplates.PortServing(annotation.Name));

            // The address for containers that were left to an engine.
            NetworkIdentifier engine = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
            annotation.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(
                engine, GuestNetwork.On(engine, annotation, KnownHostNames.DockerDesktopHostBridge, port));
        }
    }
}
