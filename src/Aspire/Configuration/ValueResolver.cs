using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Network;

namespace Islet.Aspire.Configuration;

/// <summary>Resolves variables and arguments to the values that a container in a micro-VM must see.</summary>
internal sealed class ValueResolver(MicroVm vm, DistributedApplicationExecutionContext context)
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<EndpointReference> _endpoints = [];

    /// <summary>The endpoints used in the values resolved so far.</summary>
    public IReadOnlyList<EndpointReference> Endpoints => _endpoints;

    /// <summary>Returns the value, after waiting for it; <see langword="null"/> when there is none.</summary>
    public async Task<string?> ResolveAsync(object? value, CancellationToken cancellationToken)
    {
        Collect(value);
        var reader = new ValueProviderContext { ExecutionContext = context, Caller = vm.Resource, Network = GuestNetwork.Id };
        string? text = value switch
        {
            null => null,
            string literal => literal,

            // Aspire would turn it into the name that a container engine has for the host.
            HostUrl url => GuestNetwork.ToGuest(url.Url),

            // WithReference has bound the endpoint to the network that the container was in at the time, before it was taken over.
            EndpointReference endpoint => await Rehome(endpoint).GetValueAsync(reader, cancellationToken).ConfigureAwait(false),
            EndpointReferenceExpression part =>
                await Rehome(part.Endpoint).Property(part.Property).GetValueAsync(reader, cancellationToken).ConfigureAwait(false),
            IValueProvider provider => await provider.GetValueAsync(reader, cancellationToken).ConfigureAwait(false),
            IResourceBuilder<IResource> { Resource: IValueProvider provider } =>
                await provider.GetValueAsync(reader, cancellationToken).ConfigureAwait(false),
            _ => value.ToString(),
        };
        return text is null ? null : OrchestratorTemplates.Fill(text, vm);
    }

    private static EndpointReference Rehome(EndpointReference endpoint) => new(endpoint.Resource, endpoint.EndpointName, GuestNetwork.Id);

    private void Collect(object? value)
    {
        if (value is null or string || !_seen.Add(value))
            return;

        // Without the container's own network, in which the host's processes have no address.
        if (value is EndpointReference endpoint)
            _endpoints.Add(new EndpointReference(endpoint.Resource, endpoint.EndpointName));
        else if (value is IResourceBuilder<IResource> builder)
            Collect(builder.Resource);
        else if (value is IValueWithReferences parts)
        {
            foreach (object part in parts.References)
                Collect(part);
        }
    }
}
