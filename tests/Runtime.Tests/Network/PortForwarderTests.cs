using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Islet.Networking;

namespace Islet.Tests.Networking;

public sealed class PortForwarderTests : IAsyncLifetime
{
    private const int Megabytes = 8 * 1024 * 1024;
    private readonly LoopbackGuest _guest = new();
    private PortForwarder _forwarder = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _forwarder = PortForwarder.Listen(5432, null, _guest.DialAsync);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _forwarder.DisposeAsync();
        _guest.Dispose();
    }

    [Fact]
    public void Listen_without_a_host_port_takes_a_free_one()
    {
        Assert.Equal(5432, _forwarder.Port.ContainerPort);
        Assert.InRange(_forwarder.Port.HostPort, 1, 65535);
        Assert.Equal($"127.0.0.1:{_forwarder.Port.HostPort} -> 5432", _forwarder.Port.ToString());
    }

    [Fact]
    public async Task Bytes_go_both_ways()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            await client.SendAllAsync("ping"u8.ToArray(), Cancellation);
            Assert.Equal("ping"u8.ToArray(), await server.ReceiveExactlyAsync(4, Cancellation));
            await server.SendAllAsync("pong"u8.ToArray(), Cancellation);
            Assert.Equal("pong"u8.ToArray(), await client.ReceiveExactlyAsync(4, Cancellation));
        }
    }

    [Fact]
    public async Task The_client_ends_first_and_still_reads_the_whole_answer()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            byte[] request = RandomNumberGenerator.GetBytes(Megabytes);
            byte[] answer = RandomNumberGenerator.GetBytes(Megabytes);

            Task<string> received = server.ReceiveHashAsync(Cancellation);
            await client.SendAllAsync(request, Cancellation);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(ForwardedClient.Hash(request), await received);

            received = client.ReceiveHashAsync(Cancellation);
            await server.SendAllAsync(answer, Cancellation);
            server.Shutdown(SocketShutdown.Send);
            Assert.Equal(ForwardedClient.Hash(answer), await received);
        }
    }

    [Fact]
    public async Task The_guest_ends_first_and_still_reads_the_whole_request()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            byte[] answer = RandomNumberGenerator.GetBytes(Megabytes);
            byte[] request = RandomNumberGenerator.GetBytes(Megabytes);

            Task<string> received = client.ReceiveHashAsync(Cancellation);
            await server.SendAllAsync(answer, Cancellation);
            server.Shutdown(SocketShutdown.Send);
            Assert.Equal(ForwardedClient.Hash(answer), await received);

            received = server.ReceiveHashAsync(Cancellation);
            await client.SendAllAsync(request, Cancellation);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(ForwardedClient.Hash(request), await received);
        }
    }

    [Fact]
    public async Task Megabytes_both_ways_at_once_arrive_unchanged()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            byte[] up = RandomNumberGenerator.GetBytes(Megabytes);
            byte[] down = RandomNumberGenerator.GetBytes(Megabytes);
            Task<string> received = server.ReceiveHashAsync(Cancellation);
            Task<string> answered = client.ReceiveHashAsync(Cancellation);

            await Task.WhenAll(SendAndEndAsync(client, up), SendAndEndAsync(server, down));

            Assert.Equal(ForwardedClient.Hash(up), await received);
            Assert.Equal(ForwardedClient.Hash(down), await answered);
        }
    }

    [Fact]
    public async Task A_reset_by_the_client_resets_the_guest()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (server)
        {
            await client.SendAllAsync("x"u8.ToArray(), Cancellation);
            await server.ReceiveExactlyAsync(1, Cancellation);
            client.Reset();
            await server.AssertResetAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_reset_by_the_guest_resets_the_client()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        {
            server.Reset();
            await client.AssertResetAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_reset_by_the_guest_after_the_client_has_ended_resets_the_client()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        {
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await server.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
            server.Reset();
            await client.AssertResetAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_stops_the_guest_and_loses_nothing()
    {
        const int Total = 128 * 1024 * 1024;
        var endless = new CountedGuestStream(Total);
        await using PortForwarder forwarder = PortForwarder.Listen(1, null, _ => ValueTask.FromResult<GuestStream>(endless));
        using Socket slow = await ForwardedClient.ConnectAsync(forwarder, Cancellation);
        await endless.FirstRead.WaitAsync(Cancellation);

        // Another client transfers as many bytes through the same process in the meantime.
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            Task<string> received = server.ReceiveHashAsync(Cancellation);
            for (int i = 0; i < 8; i++)
                await client.SendAllAsync(new byte[Megabytes], Cancellation);
            client.Shutdown(SocketShutdown.Send);
            await received;
        }

        Assert.InRange(endless.BytesRead, 1, 32 * 1024 * 1024);

        long count = 0;
        byte[] buffer = new byte[256 * 1024];
        while (await slow.ReceiveAsync(buffer, SocketFlags.None, Cancellation) is > 0 and int read)
            count += read;
        Assert.Equal(Total, count);
    }

    [Fact]
    public async Task Five_hundred_clients_are_served_at_once()
    {
        Task echo = _guest.EchoAsync(Cancellation);
        Socket[] clients = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => ForwardedClient.ConnectAsync(_forwarder, Cancellation)));
        await Task.WhenAll(clients.Select(async client =>
        {
            byte[] message = RandomNumberGenerator.GetBytes(2048);
            await client.SendAllAsync(message, Cancellation);
            Assert.Equal(message, await client.ReceiveExactlyAsync(message.Length, Cancellation));
        }));
        Assert.Equal(500, _forwarder.ClientCount);

        await _forwarder.DisposeAsync();
        _guest.Dispose();
        await echo;
        Assert.Equal(0, _forwarder.ClientCount);
        Assert.All(clients, client => client.Dispose());
    }

    [Fact]
    public async Task A_client_that_the_guest_refuses_is_reset_and_the_next_one_is_served()
    {
        int dials = 0;
        await using PortForwarder forwarder = PortForwarder.Listen(5432, null, token =>
            Interlocked.Increment(ref dials) == 1 ? throw new IOException("Nothing listens on port 5432.") : _guest.DialAsync(token));

        await ForwardedClient.AssertRefusedAsync(forwarder, Cancellation);

        using Socket client = await ForwardedClient.ConnectAsync(forwarder, Cancellation);
        using Socket server = await _guest.AcceptAsync(Cancellation);
        await client.SendAllAsync("x"u8.ToArray(), Cancellation);
        await server.ReceiveExactlyAsync(1, Cancellation);
    }

    [Fact]
    public void A_taken_port_is_named_together_with_the_process_that_holds_it()
    {
        PortUnavailableException taken = Assert.Throws<PortUnavailableException>(
            () => PortForwarder.Listen(5432, _forwarder.Port.HostPort, _guest.DialAsync));

        Assert.Equal(_forwarder.Port.HostPort, taken.HostPort);
        Assert.Contains($"Port {_forwarder.Port.HostPort} on 127.0.0.1 is already in use", taken.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.Contains($"process {Environment.ProcessId} (", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_resets_the_clients_and_frees_the_port()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        {
            // A round trip, so that the dial has certainly completed.
            await server.SendAllAsync("!"u8.ToArray(), Cancellation);
            await client.ReceiveExactlyAsync(1, Cancellation);

            await _forwarder.DisposeAsync();
            await client.AssertResetAsync(Cancellation);
            await server.AssertResetAsync(Cancellation);
        }

        await using PortForwarder next = PortForwarder.Listen(5432, _forwarder.Port.HostPort, _guest.DialAsync);
        Assert.Equal(_forwarder.Port.HostPort, next.Port.HostPort);
    }

    [Fact]
    public async Task DisposeAsync_twice_is_harmless()
    {
        await Task.WhenAll(_forwarder.DisposeAsync().AsTask(), _forwarder.DisposeAsync().AsTask());
        await _forwarder.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_cancels_a_dial_that_the_guest_does_not_answer()
    {
        var dialing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        PortForwarder forwarder = PortForwarder.Listen(5432, null, async token =>
        {
            dialing.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException("Never reached.");
        });

        using Socket client = await ForwardedClient.ConnectAsync(forwarder, Cancellation);
        await dialing.Task.WaitAsync(Cancellation);
        await forwarder.DisposeAsync();
        await client.AssertResetAsync(Cancellation);
    }

    [Fact]
    public void Listen_binds_to_the_loopback_address_only()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), _forwarder.Port.HostPort));
        other.Listen();
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        Socket client = await ForwardedClient.ConnectAsync(_forwarder, Cancellation);
        return (client, await _guest.AcceptAsync(Cancellation));
    }

    private static async Task SendAndEndAsync(Socket socket, byte[] bytes)
    {
        await socket.SendAllAsync(bytes, Cancellation);
        socket.Shutdown(SocketShutdown.Send);
    }
}
