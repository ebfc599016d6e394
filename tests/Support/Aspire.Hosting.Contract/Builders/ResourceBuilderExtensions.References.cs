using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Gives a process another resource's connection string, and the parts of it.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        IResourceWithConnectionString resource = source.Resource;
        string name = connectionName ?? resource.Name;
        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
        {
            context.EnvironmentVariables[resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{name}"] =
                new ConnectionStringReference(resource, optional);
            foreach ((string key, ReferenceExpression value) in resource.GetConnectionProperties())
                context.EnvironmentVariables[$"{VariableName(name)}_{key.ToUpperInvariant()}"] = value;
        });
    }

    /// <summary>Gives a process the addresses of all of another resource's endpoints.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        IResourceWithServiceDiscovery resource = source.Resource;
        NetworkIdentifier network = NetworkOf(builder.Resource);
        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
        {
            foreach (EndpointAnnotation endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                AddAddress(context, new EndpointReference(resource, endpoint, network));
        });
    }

    /// <summary>Gives a process the address of an endpoint. The network is decided here, not when the address is read.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment
    {
        NetworkIdentifier network = NetworkOf(builder.Resource);
        return builder.WithReferenceRelationship(endpointReference.Resource).WithEnvironment(context =>
            AddAddress(context, new EndpointReference(endpointReference.Resource, endpointReference.EndpointName, network)));
    }

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResource resource)
        where T : IResource =>
        builder.WithRelationship(resource, "Reference");

    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResource resource, string type)
        where T : IResource =>
        builder.WithAnnotation(new ResourceRelationshipAnnotation(resource, type));

    private static void AddAddress(EnvironmentCallbackContext context, EndpointReference endpoint)
    {
        context.EnvironmentVariables[$"services__{endpoint.Resource.Name}__{endpoint.EndpointName}__0"] = endpoint;
        context.EnvironmentVariables[$"{VariableName(endpoint.Resource.Name)}_{VariableName(endpoint.EndpointName)}"] = endpoint;
    }

    private static NetworkIdentifier NetworkOf(IResource reader) =>
        reader.IsContainer() ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork : KnownNetworkIdentifiers.LocalhostNetwork;

    private static string VariableName(string name) =>
        string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) ? char.ToUpperInvariant(character) : '_'));
}
