namespace Aspire.Hosting.ApplicationModel;

/// <summary>An address on this machine, which a container reaches by another name.</summary>
public record HostUrl(string Url) : IValueProvider, IManifestExpressionProvider
{
    string IManifestExpressionProvider.ValueExpression => Url;

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => new(Url);

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken)
    {
        bool outside = context.NetworkOfReader == KnownNetworkIdentifiers.LocalhostNetwork;
        return new(outside ? Url : Url.Replace("localhost", KnownHostNames.DockerDesktopHostBridge, StringComparison.OrdinalIgnoreCase)
            .Replace("127.0.0.1", KnownHostNames.DockerDesktopHostBridge, StringComparison.Ordinal));
    }
}
