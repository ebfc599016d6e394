using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Tests.Contract;

public sealed class ReferenceTests
{
    private static readonly NetworkIdentifier s_machines = new("machines");

    private readonly IDistributedApplicationBuilder _builder = ModelRun.CreateBuilder();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endpoint_is_read_as_the_readers_network_sees_it()
    {
        IResourceBuilder<RedisResource> cache = _builder.AddRedis("cache");
        EndpointAnnotation endpoint = cache.Resource.PrimaryEndpoint.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 41000);
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(
            s_machines, new AllocatedEndpoint(endpoint, "10.0.0.1", 6379, EndpointBindingMode.SingleAddress, null, s_machines));

        EndpointReference reference = cache.GetEndpoint("tcp");

        Assert.Equal("tcp://localhost:41000", await reference.GetValueAsync(Cancellation));
        Assert.Equal("tcp://10.0.0.1:6379", await reference.GetValueAsync(new ValueProviderContext { Network = s_machines }, Cancellation));
    }

    [Fact]
    public async Task A_value_waits_for_the_address_it_takes()
    {
        EndpointReference reference = _builder.AddRedis("cache").GetEndpoint("tcp");

        ValueTask<string?> value = reference.GetValueAsync(Cancellation);

        Assert.False(value.IsCompleted);
        EndpointAnnotation endpoint = reference.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 41000);
        Assert.Equal("tcp://localhost:41000", await value);
    }

    [Fact]
    public async Task A_reference_to_an_endpoint_is_bound_to_the_network_of_who_referenced_it()
    {
        EndpointReference target = _builder.AddShell("service", "true").WithHttpEndpoint().GetEndpoint("http");
        IResourceBuilder<ContainerResource> container = _builder.AddContainer("proxy", "envoy").WithReference(target);

        var reference = (EndpointReference)(await EnvironmentAsync(container.Resource))["services__service__http__0"];

        Assert.Equal(KnownNetworkIdentifiers.DefaultAspireContainerNetwork, reference.ContextNetworkID);
    }

    [Fact]
    public async Task A_reference_to_a_database_gives_the_servers_connection_string_and_its_parts()
    {
        IResourceBuilder<ParameterResource> password = _builder.AddParameter("password", "secret");
        IResourceBuilder<PostgresServerResource> postgres = _builder.AddPostgres("pg", password: password);
        EndpointAnnotation endpoint = postgres.Resource.PrimaryEndpoint.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 41000);
        IResourceBuilder<ExecutableResource> service = _builder.AddShell("service", "true").WithReference(postgres.AddDatabase("shop", "shop-db"));

        Dictionary<string, object> environment = await EnvironmentAsync(service.Resource);

        var connectionString = (IValueProvider)environment["ConnectionStrings__shop"];
        Assert.Equal(
            "Host=localhost;Port=41000;Username=postgres;Password=secret;Database=shop-db", await connectionString.GetValueAsync(Cancellation));
        Assert.Equal("shop-db", await ((IValueProvider)environment["SHOP_DATABASE"]).GetValueAsync(Cancellation));
        Assert.Equal("{shop.connectionString}", ((IManifestExpressionProvider)environment["ConnectionStrings__shop"]).ValueExpression);
    }

    [Fact]
    public async Task An_expression_keeps_braces_that_are_text()
    {
        ParameterResource parameter = _builder.AddParameter("name", "value").Resource;

        ReferenceExpression expression = ReferenceExpression.Create($"{{literal}} {parameter}");

        Assert.Equal("{literal} value", await expression.GetValueAsync(Cancellation));
        Assert.Equal("{literal} {name.value}", expression.ValueExpression);
    }

    [Theory]
    [InlineData("redis", "redis:latest")]
    [InlineData("redis:7", "redis:7")]
    [InlineData("localhost:5000/redis", "localhost:5000/redis:latest")]
    [InlineData("redis@sha256:0123", "redis@sha256:0123")]
    public void An_image_has_a_tag_or_a_digest(string image, string name)
    {
        Assert.True(_builder.AddContainer("cache", image).Resource.TryGetContainerImageName(out string? actual));
        Assert.Equal(name, actual);
    }

    [Fact]
    public void A_name_is_in_a_model_once()
    {
        _builder.AddRedis("cache");

        Assert.Throws<DistributedApplicationException>(() => _builder.AddContainer("Cache", "redis"));
    }

    private async Task<Dictionary<string, object>> EnvironmentAsync(IResource resource)
    {
        var context = new EnvironmentCallbackContext(_builder.ExecutionContext, resource, cancellationToken: Cancellation);
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);

        return context.EnvironmentVariables;
    }
}
