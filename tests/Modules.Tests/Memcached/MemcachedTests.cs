using System.Net.Security;
using System.Net.Sockets;
using Islet.Modules.Memcached;

namespace Islet.Modules.Tests.Memcached;

public sealed class MemcachedFixture : ModuleFixture<MemcachedContainer>
{
    protected override Task<MemcachedContainer> StartAsync(ContainerRuntime runtime) =>
        new MemcachedBuilder(TestRuntime.Image("memcached")).WithArguments("-m", "16").WithTls().StartAsync(runtime);
}

/// <summary>memcached, by its text protocol: no client library of memcached is available.</summary>
public sealed class MemcachedTests(MemcachedFixture fixture) : IClassFixture<MemcachedFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_set_is_got_over_tls_and_the_arguments_take_effect()
    {
        MemcachedContainer memcached = await fixture.GetAsync();
        string[] address = memcached.GetConnectionString().Split(':');
        using var client = new TcpClient();
        await client.ConnectAsync(address[0], int.Parse(address[1], null), Cancelled);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, memcached.Certificate!.Validate);
        await tls.AuthenticateAsClientAsync("localhost");

        await tls.WriteAsync("set key 0 0 5\r\nvalue\r\nget key\r\nstats\r\nquit\r\n"u8.ToArray(), Cancelled);
        using var reader = new StreamReader(tls);
        string answer = await reader.ReadToEndAsync(Cancelled);
        Assert.StartsWith("STORED\r\nVALUE key 0 5\r\nvalue\r\nEND\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("STAT limit_maxbytes 16777216\r\n", answer, StringComparison.Ordinal);
    }
}
