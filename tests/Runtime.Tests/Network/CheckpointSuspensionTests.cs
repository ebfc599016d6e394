using System.Net.Sockets;
using Islet.Networking;

namespace Islet.Tests.Networking;

/// <summary>The behaviour of a forwarder around a checkpoint: existing clients are disconnected, new ones wait.</summary>
public sealed class CheckpointSuspensionTests : IAsyncLifetime
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(5);
    private readonly LoopbackGuest _guest = new();
    private PortForwarder _forwarder = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _forwarder = PortForwarder.Listen(6379, null, _guest.DialAsync);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _forwarder.DisposeAsync();
        _guest.Dispose();
    }

    [Fact]
    public async Task CloseClientsAsync_lets_the_server_end_the_session_itself()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        {
            Task closing = _forwarder.CloseClientsAsync(s_long, Cancellation);
            Assert.Equal(0, await server.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
            await server.SendAllAsync("bye"u8.ToArray(), Cancellation);
            server.Dispose();

            await closing;
            Assert.Equal("bye"u8.ToArray(), await client.ReceiveExactlyAsync(3, Cancellation));
            Assert.Equal(0, await client.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
            Assert.Equal(0, _forwarder.ClientCount);
        }
    }

    [Fact]
    public async Task CloseClientsAsync_delivers_what_the_client_has_already_sent()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            await client.SendAllAsync("last words"u8.ToArray(), Cancellation);
            Assert.Equal("last "u8.ToArray(), await server.ReceiveExactlyAsync(5, Cancellation));
            Task closing = _forwarder.CloseClientsAsync(s_long, Cancellation);
            Assert.Equal("words"u8.ToArray(), await server.ReceiveExactlyAsync(5, Cancellation));
            Assert.Equal(0, await server.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
            server.Shutdown(SocketShutdown.Send);
            await closing;
        }
    }

    [Fact]
    public async Task CloseClientsAsync_resets_a_session_that_outlives_the_grace_period()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            await _forwarder.CloseClientsAsync(TimeSpan.FromMilliseconds(1), Cancellation);
            Assert.Equal(0, _forwarder.ClientCount);
            await client.AssertResetAsync(Cancellation);
        }
    }

    [Fact]
    public async Task CloseClientsAsync_cancelled_resets_at_once_and_says_so()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            Task closing = _forwarder.CloseClientsAsync(s_long, cancelled.Token);
            Assert.Equal(0, await server.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => closing);
            await client.AssertResetAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_client_that_connects_meanwhile_is_served_after_ResumeAccepting()
    {
        await _forwarder.CloseClientsAsync(s_long, Cancellation);
        using Socket client = await ForwardedClient.ConnectAsync(_forwarder, Cancellation);
        await client.SendAllAsync("x"u8.ToArray(), Cancellation);
        Task<Socket> dialed = _guest.AcceptAsync(Cancellation);
        Assert.Equal(0, _forwarder.ClientCount);
        Assert.False(dialed.IsCompleted);

        _forwarder.ResumeAccepting();
        using Socket server = await dialed;
        Assert.Equal("x"u8.ToArray(), await server.ReceiveExactlyAsync(1, Cancellation));
    }

    [Fact]
    public async Task DisposeAsync_while_suspended_closes_the_client_that_waits()
    {
        await _forwarder.CloseClientsAsync(s_long, Cancellation);
        using Socket client = await ForwardedClient.ConnectAsync(_forwarder, Cancellation);
        await _forwarder.DisposeAsync();
        try
        {
            Assert.Equal(0, await client.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        Socket client = await ForwardedClient.ConnectAsync(_forwarder, Cancellation);
        Socket server = await _guest.AcceptAsync(Cancellation);
        await server.SendAllAsync("!"u8.ToArray(), Cancellation);
        await client.ReceiveExactlyAsync(1, Cancellation);
        return (client, server);
    }
}
