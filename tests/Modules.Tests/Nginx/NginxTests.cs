using Islet.Modules.Nginx;

namespace Islet.Modules.Tests.Nginx;

public sealed class NginxFixture : ModuleFixture<NginxContainer>
{
    protected override Task<NginxContainer> StartAsync(ContainerRuntime runtime) => new NginxBuilder(TestRuntime.Image("nginx"))
        .WithPage("/health.json", """{"status":"up"}""").WithTls()
        .StartAsync(runtime);
}

public sealed class NginxTests(NginxFixture fixture) : IClassFixture<NginxFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_served_over_tls_with_the_servers_own_certificate()
    {
        NginxContainer nginx = await fixture.GetAsync();
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = nginx.Certificate!.Validate;
        using var client = new HttpClient(handler) { BaseAddress = nginx.BaseAddress };
        Assert.Equal("https", client.BaseAddress.Scheme);
        Assert.Equal("""{"status":"up"}""", await client.GetStringAsync("/health.json", Cancelled));
    }

    [Fact]
    public async Task The_certificate_is_not_one_that_everybody_trusts()
    {
        NginxContainer nginx = await fixture.GetAsync();
        using var client = new HttpClient { BaseAddress = nginx.BaseAddress };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/", Cancelled));
    }

    [Fact]
    public async Task Without_tls_the_same_site_is_on_port_80()
    {
        NginxContainer nginx = await fixture.GetAsync();
        using var client = new HttpClient { BaseAddress = new UriBuilder("http", nginx.Host, nginx.GetPort(80)).Uri };
        Assert.Contains("Welcome to nginx", await client.GetStringAsync("/", Cancelled), StringComparison.Ordinal);
    }
}
