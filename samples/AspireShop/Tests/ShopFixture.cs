using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace AspireShop.Tests;

/// <summary>The whole shop, started once: Postgres and Redis in virtual machines, the service as a process.</summary>
public sealed class ShopFixture : IAsyncLifetime
{
    private DistributedApplication? _app;

    public HttpClient Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        IDistributedApplicationTestingBuilder builder =
            await DistributedApplicationTestingBuilder.CreateAsync<Projects.AspireShop_AppHost>(cancellationToken);
        _app = await builder.BuildAsync(cancellationToken);
        await _app.StartAsync(cancellationToken);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("service", cancellationToken);
        Service = _app.CreateHttpClient("service", "http");
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
