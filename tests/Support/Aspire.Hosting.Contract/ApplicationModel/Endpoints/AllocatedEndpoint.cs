using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where an endpoint is really to be reached, from one network.</summary>
public class AllocatedEndpoint
{
    public AllocatedEndpoint(
        EndpointAnnotation endpoint, string address, int port, EndpointBindingMode bindingMode, string? targetPortExpression = null,
        NetworkIdentifier? networkID = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        Endpoint = endpoint;
        Address = address;
        Port = port;
        BindingMode = bindingMode;
        TargetPortExpression = targetPortExpression;
        NetworkID = networkID ?? KnownNetworkIdentifiers.LocalhostNetwork;
    }

    public AllocatedEndpoint(
        EndpointAnnotation endpoint, string address, int port, EndpointBindingMode bindingMode, string? targetPortExpression = null)
        : this(endpoint, address, port, bindingMode, targetPortExpression, KnownNetworkIdentifiers.LocalhostNetwork)
    {
    }

    public AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port, string? targetPortExpression = null)
        : this(endpoint, address, port, EndpointBindingMode.SingleAddress, targetPortExpression, KnownNetworkIdentifiers.LocalhostNetwork)
    {
    }

    public EndpointAnnotation Endpoint { get; }

    public string Address { get; }

    public int Port { get; }

    public EndpointBindingMode BindingMode { get; }

    public string? TargetPortExpression { get; }

    public NetworkIdentifier NetworkID { get; }

    public string UriScheme => Endpoint.UriScheme;

    public string EndPointString => $"{Address}:{Port.ToString(CultureInfo.InvariantCulture)}";

    public string UriString => $"{UriScheme}://{EndPointString}";

    public override string ToString() => UriString;
}

/// <summary>The addresses an endpoint is bound to.</summary>
public enum EndpointBindingMode
{
    SingleAddress = 0,
    DualStackAnyAddresses = 1,
    IPv4AnyAddresses = 2,
    IPv6AnyAddresses = 3,
}
