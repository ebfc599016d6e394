using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A property of an endpoint.</summary>
public enum EndpointProperty
{
    Url = 0,
    Host = 1,
    IPV4Host = 2,
    Port = 3,
    Scheme = 4,
    TargetPort = 5,
    HostAndPort = 6,
}

/// <summary>A property of an endpoint that may be known only later.</summary>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    public EndpointReference Endpoint { get; } = endpointReference ?? throw new ArgumentNullException(nameof(endpointReference));

    public EndpointProperty Property { get; } = property;

    public string ValueExpression => Property switch
    {
        EndpointProperty.Url => Binding("url"),
        EndpointProperty.Host or EndpointProperty.IPV4Host => Binding("host"),
        EndpointProperty.Port => Binding("port"),
        EndpointProperty.Scheme => Binding("scheme"),
        EndpointProperty.TargetPort => Binding("targetPort"),
        EndpointProperty.HostAndPort => $"{Binding("host")}:{Binding("port")}",
        _ => throw Unsupported(),
    };

    IEnumerable<object> IValueWithReferences.References => [Endpoint];

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        GetValueAsync(new ValueProviderContext(), cancellationToken);

    /// <summary>The value as the reader's network sees it; waits for the address where it takes one.</summary>
    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        NetworkIdentifier network = Endpoint.ContextNetworkID ?? context.NetworkOfReader;
        return Property switch
        {
            EndpointProperty.Scheme => Endpoint.Scheme,
            EndpointProperty.IPV4Host when network == KnownNetworkIdentifiers.LocalhostNetwork => "127.0.0.1",
            EndpointProperty.TargetPort when Endpoint.TargetPort is { } port => port.ToString(CultureInfo.InvariantCulture),
            _ => Value(await Endpoint.EndpointAnnotation.AllAllocatedEndpoints.GetAllocatedEndpointAsync(network, cancellationToken)),
        };
    }

    private string Value(AllocatedEndpoint allocated) => Property switch
    {
        EndpointProperty.Url => allocated.UriString,
        EndpointProperty.Host or EndpointProperty.IPV4Host => allocated.Address,
        EndpointProperty.Port => allocated.Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.HostAndPort => allocated.EndPointString,
        EndpointProperty.TargetPort => allocated.TargetPortExpression
            ?? throw new InvalidOperationException("The endpoint does not have an associated TargetPortExpression from the orchestrator."),
        _ => throw Unsupported(),
    };

    private string Binding(string name) => $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{name}}}";

    private InvalidOperationException Unsupported() =>
        new($"The property '{Property}' is not supported for the endpoint '{Endpoint.EndpointName}'.");
}
