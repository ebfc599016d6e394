using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Islet.Networking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Tests.Networking;

public sealed class HostPortForwarderTests : IAsyncDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly LoopbackGuest _guest = new();
    private readonly Channel<GuestStream> _clients = Channel.CreateUnbounded<GuestStream>();
    private readonly HostPortForwarder _forwarder;
    private readonly int _port;

    public HostPortForwarderTests()
    {
        _server.Start();
        _port = ((IPEndPoint)_server.LocalEndpoint).Port;
        _forwarder = HostPortForwarder.Start(
            [new HostPortForward(token => _clients.Reader.ReadAsync(token).AsTask(), _port)], NullLogger.Instance);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _forwarder.DisposeAsync();
        _server.Dispose();
        _guest.Dispose();
    }

    [Fact]
    public async Task A_client_in_the_guest_speaks_to_the_server_on_the_host_until_both_have_ended()
    {
        using Socket client = await ConnectAsync();
        using Socket server = await _server.AcceptSocketAsync(Cancellation);
        await client.SendAllAsync("ping"u8.ToArray(), Cancellation);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("ping"u8.ToArray(), await server.ReceiveExactlyAsync(4, Cancellation));
        Assert.Equal(0, await server.ReceiveAsync(new byte[1], Cancellation));
        await server.SendAllAsync("pong"u8.ToArray(), Cancellation);
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal(ForwardedClient.Hash("pong"u8.ToArray()), await client.ReceiveHashAsync(Cancellation));
    }

    [Fact]
    public async Task A_client_is_reset_when_nobody_listens_on_the_host_and_the_next_one_is_still_taken()
    {
        _server.Stop();
        using (Socket refused = await ConnectAsync())
            await Assert.ThrowsAsync<SocketException>(async () => await refused.ReceiveAsync(new byte[1], Cancellation));

        // A listener that is started again takes another port.
        using var later = new TcpListener(IPAddress.Loopback, _port);
        later.Start();
        using Socket client = await ConnectAsync();
        using Socket server = await later.AcceptSocketAsync(Cancellation);
    }

    [Fact]
    public async Task Disposing_resets_the_clients_and_takes_no_more()
    {
        using Socket client = await ConnectAsync();
        using Socket server = await _server.AcceptSocketAsync(Cancellation);
        await client.SendAllAsync("ping"u8.ToArray(), Cancellation);
        Assert.Equal("ping"u8.ToArray(), await server.ReceiveExactlyAsync(4, Cancellation));
        await _forwarder.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1], Cancellation));
        await Assert.ThrowsAsync<SocketException>(async () => await server.ReceiveAsync(new byte[1], Cancellation));
    }

    // Returns the client's end; the agent would hand over the other end.
    private async Task<Socket> ConnectAsync()
    {
        Task<Socket> client = _guest.AcceptAsync(Cancellation);
        await _clients.Writer.WriteAsync(await _guest.DialAsync(Cancellation), Cancellation);
        return await client;
    }
}
