using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Tests.Shop;

/// <summary>
/// The model of samples/AspireShop, started once. Postgres and Redis, as Aspire's integrations describe them, run in a virtual machine
/// each. The service is a process that was given their connection strings.
/// </summary>
public sealed class ShopFixture : IAsyncLifetime
{
    private DistributedApplication? _app;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The shop has not been started.");

    public HttpClient Service { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await using (var runtime = new ContainerRuntime())
            Assert.SkipUnless(runtime.Support.IsSupported, runtime.Support.Reason);

        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { DisableDashboard = true });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        EndpointReference service = Describe(builder);
        _app = builder.Build();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("service", TestContext.Current.CancellationToken);
        Service.BaseAddress = new Uri(service.Url);
    }

    public async ValueTask DisposeAsync()
    {
        Service.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }

    private static EndpointReference Describe(IDistributedApplicationBuilder builder)
    {
        IResourceBuilder<PostgresServerResource> postgres =
            builder.AddPostgres("postgres").RunAsMicroVm(options => options.Image = TestImages.Postgres);
        IResourceBuilder<RedisResource> cache = builder.AddRedis("cache").RunAsMicroVm(options => options.Image = TestImages.Redis);
        IResourceBuilder<PostgresDatabaseResource> shop = postgres.AddDatabase("shop");

        string program = Path.Combine(AppContext.BaseDirectory, "AspireShop.Service");
        IResourceBuilder<ExecutableResource> service = builder.AddExecutable("service", program, AppContext.BaseDirectory)
            .WithHttpEndpoint();
        EndpointReference endpoint = service.GetEndpoint("http");
        service.WithEnvironment("ASPNETCORE_URLS", $"http://localhost:{endpoint.Property(EndpointProperty.TargetPort)}")
            .WithReference(shop).WaitFor(postgres)
            .WithReference(cache).WaitFor(cache)
            .WithHttpHealthCheck("/health");
        return endpoint;
    }
}
