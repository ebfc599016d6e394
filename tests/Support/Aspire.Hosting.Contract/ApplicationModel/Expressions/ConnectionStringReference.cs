namespace Aspire.Hosting.ApplicationModel;

/// <summary>The connection string of a resource, as the value of a variable.</summary>
public class ConnectionStringReference(IResourceWithConnectionString resource, bool optional)
    : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    public IResourceWithConnectionString Resource { get; } = resource ?? throw new ArgumentNullException(nameof(resource));

    public bool Optional { get; } = optional;

    string IManifestExpressionProvider.ValueExpression => Resource.ValueExpression;

    IEnumerable<object> IValueWithReferences.References => [Resource];

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) =>
        RequireAsync(Resource.GetValueAsync(cancellationToken));

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) =>
        RequireAsync(Resource.GetValueAsync(context, cancellationToken));

    private async ValueTask<string?> RequireAsync(ValueTask<string?> value)
    {
        string? connectionString = await value;
        if (string.IsNullOrEmpty(connectionString) && !Optional)
            throw new DistributedApplicationException($"The connection string for the resource '{Resource.Name}' is not available.");

        return connectionString;
    }
}
