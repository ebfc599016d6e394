using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Network;

/// <summary>
/// What a container in a micro-VM reaches, and how: other micro-VMs by the resource's name and the port they listen on, as in a container
/// network; processes of the host at <see cref="HostName"/>, on the port they have there.
/// </summary>
internal sealed partial class GuestNetwork(IReadOnlyList<MicroVm> vms)
{
    /// <summary>The network of which every micro-VM sees one end.</summary>
    public static readonly NetworkIdentifier Id = new("microvm");

    /// <summary>The host, seen from inside: the name that images and their users know.</summary>
    public const string HostName = KnownHostNames.DockerDesktopHostBridge;

    /// <summary>Gives the endpoints of a resource, which have an address on the host by now, the one by which micro-VMs find them.</summary>
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

    public static AllocatedEndpoint On(NetworkIdentifier network, EndpointAnnotation endpoint, string address, int port, string? targetPort = null) =>
        new(endpoint, address, port, EndpointBindingMode.SingleAddress, targetPort, network);

    /// <summary>What a container may connect to: all micro-VMs, and of the host what it was told of.</summary>
    /// <param name="told">Endpoints that its variables and arguments are made of.</param>
    /// <param name="texts">The variables and arguments as they came out.</param>
    /// <param name="reader">The container's resource.</param>
    public IReadOnlyList<HostPortBinding> Reachable(IEnumerable<EndpointReference> told, IEnumerable<string> texts, IResource reader)
    {
        SortedSet<int> ports =
        [
            .. told.Concat(Referenced(reader)).Where(endpoint => !IsMicroVm(endpoint.Resource) && endpoint.IsAllocated).Select(endpoint => endpoint.Port),
            .. texts.SelectMany(text => HostAndPort().Matches(text)).Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Where(port => port is > 0 and <= 65535),
        ];
        return [.. MicroVmPorts(), .. ports.Select(port => new HostPortBinding(HostName, port, port))];
    }

    /// <summary>An address of the host as it reads inside.</summary>
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

    // As in Aspire's container network: developer certificates are made out to such names.
    private static string FullNameOf(IResource resource) => resource.Name + ".dev.internal";

    // A callback may have read an endpoint's address into a text that nobody can take apart again, but WithReference leaves this.
    private static IEnumerable<EndpointReference> Referenced(IResource reader)
    {
        foreach (IResource resource in reader.Annotations.OfType<ResourceRelationshipAnnotation>().Select(other => other.Resource).Distinct())
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
