namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something with a value that may be known only later.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);

    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        GetValueAsync(cancellationToken);
}

/// <summary>Something that a manifest names by an expression.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

/// <summary>A value made of other things of the model.</summary>
public interface IValueWithReferences
{
    IEnumerable<object> References { get; }
}

/// <summary>Who reads a value.</summary>
public class ValueProviderContext
{
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }

    public IResource? Caller { get; init; }

    public NetworkIdentifier? Network { get; init; }

    internal NetworkIdentifier NetworkOfReader =>
        Network ?? (Caller?.IsContainer() == true ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork : KnownNetworkIdentifiers.LocalhostNetwork);
}
