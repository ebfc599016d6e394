using System.Diagnostics;
using System.Net.Sockets;
using Islet.Networking;

namespace Islet.Tests.Networking;

/// <summary>Network faults that a test causes, to see how the program under test handles them.</summary>
public sealed class NetworkFaultTests : IAsyncLifetime
{
    private readonly LoopbackGuest _guest = new();
    private PortForwarder _forwarder = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PublishedPort Port => _forwarder.Port;

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
    public async Task Nothing_passes_a_paused_port_until_it_is_well_again()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using Socket theClient = client, theServer = server;
        NetworkFault pause = Port.Pause();
        await client.SendAllAsync("up"u8.ToArray(), Cancellation);
        await server.SendAllAsync("down"u8.ToArray(), Cancellation);
        Task<byte[]> up = server.ReceiveExactlyAsync(2, Cancellation), down = client.ReceiveExactlyAsync(4, Cancellation);
        await Task.Delay(100, Cancellation);
        Assert.False(up.IsCompleted || down.IsCompleted);

        pause.Dispose();
        Assert.Equal("up"u8.ToArray(), await up);
        Assert.Equal("down"u8.ToArray(), await down);
    }

    [Fact]
    public async Task A_cut_port_resets_those_who_are_there_and_those_who_come()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using Socket theClient = client, theServer = server;
        NetworkFault cut = await Port.CutAsync(Cancellation);
        await client.AssertResetAsync(Cancellation);

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using Socket late = await ForwardedClient.ConnectAsync(_forwarder, Cancellation);
            await late.SendAllAsync("x"u8.ToArray(), Cancellation);
            if (await late.ReceiveAsync(new byte[1], Cancellation) == 0)
                Assert.Fail("The connection was ended, not reset.");
        });

        cut.Dispose();
        cut.Dispose();
        (Socket next, Socket nextServer) = await ConnectAsync();
        using Socket theNext = next, theNextServer = nextServer;
        await next.SendAllAsync("again"u8.ToArray(), Cancellation);
        Assert.Equal("again"u8.ToArray(), await nextServer.ReceiveExactlyAsync(5, Cancellation));
    }

    [Fact]
    public async Task An_answer_comes_later_by_the_delay_and_delays_add_up()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using Socket theClient = client, theServer = server;
        using NetworkFault first = Port.Delay(TimeSpan.FromMilliseconds(80));
        using NetworkFault second = Port.Delay(TimeSpan.FromMilliseconds(70));
        await server.SendAllAsync("late"u8.ToArray(), Cancellation);
        long sent = Stopwatch.GetTimestamp();
        await client.ReceiveExactlyAsync(4, Cancellation);
        Assert.True(Stopwatch.GetElapsedTime(sent) >= TimeSpan.FromMilliseconds(140));
    }

    [Fact]
    public async Task A_limited_port_takes_as_long_as_its_rate_says_and_loses_nothing()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using Socket theClient = client, theServer = server;
        using NetworkFault limit = Port.Limit(100_000);
        byte[] content = System.Security.Cryptography.RandomNumberGenerator.GetBytes(50_000);
        long begun = Stopwatch.GetTimestamp();
        Task sending = server.SendAllAsync(content, Cancellation);
        Assert.Equal(content, await client.ReceiveExactlyAsync(content.Length, Cancellation));
        await sending;
        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(450));
    }

    [Fact]
    public async Task Healing_ends_every_fault_at_once()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using Socket theClient = client, theServer = server;
        Port.Pause();
        Port.Delay(TimeSpan.FromHours(1));
        Port.Limit(1);
        await server.SendAllAsync("waiting"u8.ToArray(), Cancellation);
        Port.Heal();
        Assert.Equal("waiting"u8.ToArray(), await client.ReceiveExactlyAsync(7, Cancellation));
    }

    [Fact]
    public async Task A_port_that_is_closed_while_it_is_paused_closes()
    {
        (Socket client, Socket server) = await ConnectAsync();
        using Socket theClient = client, theServer = server;
        Port.Pause();
        await client.SendAllAsync("lost"u8.ToArray(), Cancellation);
        await _forwarder.DisposeAsync().AsTask().WaitAsync(Cancellation);
        await client.AssertResetAsync(Cancellation);
    }

    [Fact]
    public async Task Faults_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Port.Delay(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => Port.Limit(0));
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        Socket client = await ForwardedClient.ConnectAsync(_forwarder, Cancellation);
        return (client, await _guest.AcceptAsync(Cancellation));
    }
}
