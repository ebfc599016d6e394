using System.Net.Sockets;
using Islet.Protocol.Tests.Transport;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

/// <summary>The ways in which a channel ends, and their effect on callers that wait.</summary>
public sealed class YamuxChannelEndTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly SocketPair _transport = SocketPair.Create();

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task The_end_of_the_transport_fails_everything_that_waits_with_its_reason()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        Task<int> reading = stream.ReadAsync(new byte[1], TestEnd).AsTask();
        Task writing = stream.WriteAsync(new byte[10 * 1024 * 1024], TestEnd).AsTask();
        Assert.False(channel.Closed.IsCompleted);

        _transport.Guest.Dispose();

        Exception? reason = await channel.Closed;
        Assert.NotNull(reason);
        Assert.Same(reason, (await Assert.ThrowsAsync<IOException>(() => reading)).InnerException);
        Assert.Same(reason, (await Assert.ThrowsAsync<IOException>(() => writing)).InnerException);
        Assert.Same(reason, (await Assert.ThrowsAsync<IOException>(() => channel.OpenStreamAsync(TestEnd).AsTask())).InnerException);
    }

    [Fact]
    public async Task What_arrived_before_the_end_is_still_read()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream complete = await channel.OpenStreamAsync(TestEnd);
        await using GuestStream cut = await channel.OpenStreamAsync(TestEnd);
        await peer.WriteAsync(
            [.. Frame.Data(3, "last words"u8.ToArray(), FrameFlags.Finish), .. Frame.Data(5, "hal"u8.ToArray())], TestEnd);
        _transport.Guest.Shutdown(SocketShutdown.Both);
        await channel.Closed;

        Assert.Equal("last words", await new StreamReader(complete, leaveOpen: true).ReadToEndAsync(TestEnd));
        Assert.Equal(3, await cut.ReadAsync(new byte[10], TestEnd));
        await Assert.ThrowsAsync<IOException>(() => cut.ReadAsync(new byte[10], TestEnd).AsTask());
        await Assert.ThrowsAsync<IOException>(() => complete.WriteAsync(new byte[10], TestEnd).AsTask());
    }

    [Fact]
    public async Task Disposal_sends_what_was_written_says_goodbye_and_closes_the_transport()
    {
        var peer = new FramePeer(_transport.Guest);
        var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        await stream.WriteAsync("bye"u8.ToArray(), TestEnd);
        Task<int> reading = stream.ReadAsync(new byte[1], TestEnd).AsTask();

        await channel.DisposeAsync();
        await channel.DisposeAsync();

        Assert.Null(await channel.Closed);
        await Assert.ThrowsAsync<IOException>(() => reading);
        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("Data None 3 3", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("GoAway None 0 0", await peer.ReadTextAsync(TestEnd));
        await Assert.ThrowsAnyAsync<IOException>(() => peer.ReadAsync(TestEnd));
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_ever_for_a_guest_that_does_not_read()
    {
        var channel = new YamuxChannel(_transport.Host, new YamuxChannelOptions { Linger = Short });
        var streams = new List<GuestStream>();
        var writes = new List<Task>();
        for (int i = 0; i < 20; i++)
        {
            streams.Add(await channel.OpenStreamAsync(TestEnd));
            writes.Add(streams[i].WriteAsync(new byte[200 * 1024], TestEnd).AsTask());
        }

        await channel.DisposeAsync();

        await Assert.ThrowsAsync<IOException>(() => Task.WhenAll(writes));
        Assert.Null(await channel.Closed);
    }

    [Fact]
    public async Task A_guest_that_breaks_the_protocol_is_told_and_left()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);

        await peer.WriteAsync(Frame.Header12((FrameType)9, FrameFlags.None, 1, 0), TestEnd);

        var reason = Assert.IsType<YamuxException>(await channel.Closed);
        Assert.Equal(YamuxError.InvalidType, reason.Error);
        Assert.Equal("GoAway None 0 1", await peer.ReadTextAsync(TestEnd));
    }

    [Fact]
    public async Task A_guest_that_gives_up_with_an_error_ends_the_channel()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);

        await peer.WriteAsync(Frame.Header12(FrameType.GoAway, FrameFlags.None, 0, GoAwayCode.InternalError), TestEnd);

        Assert.Equal(YamuxError.GoneAway, Assert.IsType<YamuxException>(await channel.Closed).Error);
    }

    [Fact]
    public async Task A_guest_that_goes_away_in_peace_finishes_what_is_open()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);

        await peer.WriteAsync(
            [.. Frame.Header12(FrameType.GoAway, FrameFlags.None, 0, GoAwayCode.Normal), .. Frame.Data(3, "on"u8.ToArray())], TestEnd);

        Assert.Equal(2, await stream.ReadAsync(new byte[10], TestEnd));
        YamuxException refused = await Assert.ThrowsAsync<YamuxException>(() => channel.OpenStreamAsync(TestEnd).AsTask());
        Assert.Equal(YamuxError.GoneAway, refused.Error);
        Assert.False(channel.Closed.IsCompleted);
    }

    [Fact]
    public async Task Opening_waits_for_the_guest_beyond_the_backlog_and_can_be_cancelled()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(
            _transport.Host, new YamuxChannelOptions { Limits = new YamuxOptions { AcceptBacklog = 1 } });
        await peer.GreetAsync(TestEnd);
        await using GuestStream first = await channel.OpenStreamAsync(TestEnd);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestEnd);
        Task<GuestStream> cancelled = channel.OpenStreamAsync(cancellation.Token).AsTask();
        Task<GuestStream> second = channel.OpenStreamAsync(TestEnd).AsTask();
        Assert.False(cancelled.IsCompleted);
        Assert.False(second.IsCompleted);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await peer.WriteAsync(Frame.Window(3, 0, FrameFlags.Acknowledge), TestEnd);

        await using GuestStream stream = await second;
        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("WindowUpdate Open 5 0", await peer.ReadTextAsync(TestEnd));
    }

    [Fact]
    public async Task A_ping_goes_out_and_its_answer_is_heard_and_only_that()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));

        for (int i = 0; i < 10; i++)
        {
            (long heard, long sent) = (channel.Heard, channel.Sent);
            channel.Ping();
            Assert.Equal("Ping Open 0 0", await peer.ReadTextAsync(TestEnd));
            Assert.Equal(heard, channel.Heard);
            Assert.True(channel.Sent > sent);
            byte[] pong = Frame.Header12(FrameType.Ping, FrameFlags.Acknowledge, 0, 0);
            await peer.WriteAsync([.. pong, .. Frame.Data(3, [1])], TestEnd);

            // The byte came after the pong: the channel knows of both.
            Assert.Equal(1, await stream.ReadAsync(new byte[1], TestEnd));
            Assert.True(channel.Heard > heard);
        }

        Assert.False(channel.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_ping_after_the_end_is_harmless()
    {
        var channel = new YamuxChannel(_transport.Host);
        await channel.DisposeAsync();
        channel.Ping();
        Assert.True(channel.Closed.IsCompletedSuccessfully);
    }
}
