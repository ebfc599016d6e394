using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;

namespace Islet.Aspire.Network;

/// <summary>
/// The addresses that a container in a micro-VM reaches. Other micro-VMs have the name of their resource and the port they listen on, as in
/// a container network. Processes of the host are at <see cref="HostName"/>, on the port they have there.
/// </summary>
internal sealed partial class GuestNetwork(IReadOnlyList<MicroVm> vms)
{
    /// <summary>The id of the network to which every micro-VM belongs.</summary>
    public static readonly NetworkIdentifier Id = new("microvm");

    /// <summary>The host's name inside, which is the one that images and their users know.</summary>
    public const string HostName = KnownHostNames.DockerDesktopHostBridge;

    /// <summary>
    /// Adds to a resource's endpoints, which have an address on the host by now, the address at which micro-VMs find them.
    /// </summary>
    public void Publish(IResource resource)
    {
        MicroVm? vm = vms.FirstOrDefault(vm => vm.Resource == resource);
        foreach (EndpointAnnotation endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (endpoint.AllocatedEndpoint is not { } allocated)
                continue;

            AllocatedEndpoint inside = vm?.Endpoints.FirstOrDefault(published => published.Annotation == endpoint) is { } published
                ? On(Id, endpoint, FullNameOf(resource), published.TargetPort, allocated.TargetPortExpression)
                : On(Id, endpoint, HostName, allocated.Port, allocated.TargetPortExpression);
            endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(Id, inside);
        }
    }

    public static AllocatedEndpoint On(
        NetworkIdentifier network, EndpointAnnotation endpoint, string address, int port, string? targetPort = null) =>
        new(endpoint, address, port, EndpointBindingMode.SingleAddress, targetPort, network);

    /// <summary>
    /// Returns the addresses a container may connect to: all micro-VMs, and those ports of the host that the container was told of.
    /// </summary>
    /// <param name="told">The endpoints used in its variables and arguments.</param>
    /// <param name="texts">The resolved variables and arguments.</param>
    /// <param name="reader">The container's resource.</param>
    public IReadOnlyList<HostPortBinding> Reachable(IEnumerable<EndpointReference> told, IEnumerable<string> texts, IResource reader)
    {
        SortedSet<int> ports =
        [
            .. told.Concat(Referenced(reader))
                .Where(endpoint => !IsMicroVm(endpoint.Resource) && endpoint.IsAllocated).Select(endpoint => endpoint.Port),
            .. texts.SelectMany(text => HostAndPort().Matches(text)).Select(
                match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Where(port => port is > 0 and <= 65535),
        ];
        return [.. MicroVmPorts(), .. ports.Select(port => new HostPortBinding(HostName, port, port))];
    }

    /// <summary>Returns an address of the host in its form inside.</summary>
    public static string ToGuest(string url) => url
        .Replace("localhost", HostName, StringComparison.OrdinalIgnoreCase)
        .Replace("127.0.0.1", HostName, StringComparison.Ordinal)
        .Replace("[::1]", HostName, StringComparison.Ordinal);

    private bool IsMicroVm(IResource resource) => vms.Any(vm => vm.Resource == resource);

    private IEnumerable<HostPortBinding> MicroVmPorts() =>
        from vm in vms
        from name in NamesOf(vm.Resource)
        from endpoint in vm.Endpoints
        select new HostPortBinding(name, endpoint.TargetPort, endpoint.HostPort.Number);

    private static IEnumerable<string> NamesOf(ContainerResource resource) => new[] { resource.Name, FullNameOf(resource) }
        .Concat(resource.Annotations.OfType<ContainerNetworkAliasAnnotation>().Select(alias => alias.Alias))
        .Concat(resource.Annotations.OfType<ContainerNameAnnotation>().Select(container => container.Name))
        .Distinct(StringComparer.OrdinalIgnoreCase);

    // As in Aspire's container network: developer certificates are issued for such names.
    private static string FullNameOf(IResource resource) => resource.Name + ".dev.internal";

    // A callback may have put an endpoint's address into a text, where it can't be found any more, but WithReference adds these
    // relationships.
    private static IEnumerable<EndpointReference> Referenced(IResource reader)
    {
        foreach (IResource resource in reader.Annotations
            .OfType<ResourceRelationshipAnnotation>().Select(other => other.Resource).Distinct())
        {
            if (resource is IResourceWithEndpoints owner && resource.Annotations.OfType<EndpointAnnotation>().Any())
            {
                foreach (EndpointReference endpoint in owner.GetEndpoints())
                    yield return endpoint;
            }
        }
    }

    [GeneratedRegex(@"\bhost\.docker\.internal:(\d{1,5})\b", RegexOptions.IgnoreCase)]
    private static partial Regex HostAndPort();
}
