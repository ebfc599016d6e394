using System.Text;
using Islet.Protocol.Tests.Transport;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed class YamuxChannelTests : IDisposable
{
    private readonly SocketPair _transport = SocketPair.Create();

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task A_stream_carries_bytes_both_ways_and_ends()
    {
        EchoPeer peer = EchoPeer.Start(_transport.Guest);
        await using (var channel = new YamuxChannel(_transport.Host))
        {
            await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
            await stream.WriteAsync("hello"u8.ToArray(), TestEnd);
            await stream.CompleteWritesAsync(TestEnd);
            await stream.CompleteWritesAsync(TestEnd);

            Assert.Equal("hello", await new StreamReader(stream).ReadToEndAsync(TestEnd));
            await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteAsync(new byte[1], TestEnd).AsTask());
        }

        await peer.Ended;
        Assert.Equal(GoAwayCode.Normal, peer.GoAwayCode);
    }

    [Theory]
    [InlineData(256 * 1024)]
    [InlineData(4 * 1024 * 1024)]
    public async Task Many_bytes_arrive_whole_and_in_order(int window)
    {
        EchoPeer.Start(_transport.Guest, new YamuxOptions { ReceiveWindow = window });
        await using var channel = new YamuxChannel(
            _transport.Host, new YamuxChannelOptions { Limits = new YamuxOptions { ReceiveWindow = window } });
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);

        await AssertEchoAsync(stream, length: 16 * 1024 * 1024, seed: 1);
    }

    [Fact]
    public async Task A_thousand_streams_at_once_do_not_mix()
    {
        EchoPeer.Start(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(async seed =>
        {
            await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
            await AssertEchoAsync(stream, length: 1 + (seed * 37 % 50_000), seed);
        }));
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_does_not_hold_up_the_others()
    {
        EchoPeer.Start(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await using GuestStream slow = await channel.OpenStreamAsync(TestEnd);
        byte[] content = new byte[2 * 1024 * 1024];
        new Random(3).NextBytes(content);
        Task writing = slow.WriteAsync(content, TestEnd).AsTask();

        for (int i = 0; i < 20; i++)
        {
            await using GuestStream other = await channel.OpenStreamAsync(TestEnd);
            await AssertEchoAsync(other, length: 300_000, seed: i);
        }

        // Both windows of the slow stream are full: its writer waits until the other side reads.
        Assert.False(writing.IsCompleted);
        byte[] echo = new byte[content.Length];
        await slow.ReadExactlyAsync(echo, TestEnd);
        await writing;
        Assert.Equal(content, echo);
    }

    [Fact]
    public async Task A_write_that_waits_for_window_can_be_cancelled_and_the_stream_goes_on()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestEnd);
        ValueTask writing = stream.WriteAsync(new byte[YamuxOptions.InitialWindow + 1], cancellation.Token);
        await ReadDataAsync(peer, YamuxOptions.InitialWindow);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.AsTask());

        ValueTask next = stream.WriteAsync("next"u8.ToArray(), TestEnd);
        await peer.WriteAsync(Frame.Window(3, 100, FrameFlags.Acknowledge), TestEnd);
        await next;
        Assert.Equal("next", Encoding.UTF8.GetString((await peer.ReadAsync(TestEnd)).Payload));
    }

    [Fact]
    public async Task A_read_that_waits_can_be_cancelled_and_loses_nothing()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        byte[] buffer = new byte[10];
        for (int i = 0; i < 100; i++)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestEnd);
            ValueTask<int> reading = stream.ReadAsync(buffer, cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.AsTask());
        }

        await peer.WriteAsync(Frame.Data(3, "kept"u8.ToArray()), TestEnd);
        Assert.Equal(4, await stream.ReadAsync(buffer, TestEnd));
    }

    [Fact]
    public async Task A_second_reader_at_the_same_time_is_the_callers_error()
    {
        EchoPeer.Start(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        ValueTask<int> first = stream.ReadAsync(new byte[1], TestEnd);

        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadAsync(new byte[1], TestEnd).AsTask());
        await stream.WriteAsync(new byte[1], TestEnd);
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task The_guest_may_end_first_and_still_be_written_to()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));
        await peer.WriteAsync([.. Frame.Data(3, "end"u8.ToArray(), FrameFlags.Finish)], TestEnd);

        Assert.Equal("end", await new StreamReader(stream, leaveOpen: true).ReadToEndAsync(TestEnd));
        await stream.WriteAsync("more"u8.ToArray(), TestEnd);
        await stream.CompleteWritesAsync(TestEnd);

        Assert.Equal("Data None 3 4", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("WindowUpdate Finish 3 0", await peer.ReadTextAsync(TestEnd));
    }

    [Fact]
    public async Task A_reset_by_the_guest_fails_reader_and_writer()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        ValueTask<int> reading = stream.ReadAsync(new byte[1], TestEnd);

        await peer.WriteAsync(Frame.Reset(3), TestEnd);

        Assert.Contains("reset", (await Assert.ThrowsAsync<IOException>(() => reading.AsTask())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(new byte[1], TestEnd).AsTask());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Abort_and_disposal_reset_the_stream_and_fail_what_waits(bool abort)
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        Task<int> reading = stream.ReadAsync(new byte[1], TestEnd).AsTask();

        if (abort)
            stream.Abort();
        else
            await stream.DisposeAsync();

        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("WindowUpdate Reset 3 0", await peer.ReadTextAsync(TestEnd));
        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => reading);
        Assert.True(abort ? error is IOException : error is ObjectDisposedException, error.ToString());
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Disposing_a_stream_that_both_sides_have_closed_resets_nothing()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);
        GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        await stream.CompleteWritesAsync(TestEnd);
        await peer.WriteAsync(Frame.Finish(3), TestEnd);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestEnd));

        await stream.DisposeAsync();
        await using GuestStream next = await channel.OpenStreamAsync(TestEnd);

        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("WindowUpdate Finish 3 0", await peer.ReadTextAsync(TestEnd));
        Assert.Equal("WindowUpdate Open 5 0", await peer.ReadTextAsync(TestEnd));
    }

    [Fact]
    public async Task A_stream_that_the_guest_opens_is_refused()
    {
        var peer = new FramePeer(_transport.Guest);
        await using var channel = new YamuxChannel(_transport.Host);
        await peer.GreetAsync(TestEnd);

        await peer.WriteAsync(Frame.Open(2), TestEnd);

        Assert.Equal("WindowUpdate Reset 2 0", await peer.ReadTextAsync(TestEnd));
    }

    private static async Task ReadDataAsync(FramePeer peer, int length)
    {
        while (length > 0)
            length -= (await peer.ReadAsync(TestEnd)).Payload.Length;
    }

    private static async Task AssertEchoAsync(GuestStream stream, int length, int seed)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        Task writing = WriteAsync();
        byte[] echo = new byte[length];
        await stream.ReadExactlyAsync(echo, TestEnd);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestEnd));
        await writing;
        Assert.True(content.AsSpan().SequenceEqual(echo));

        async Task WriteAsync()
        {
            await stream.WriteAsync(content, TestEnd);
            await stream.CompleteWritesAsync(TestEnd);
        }
    }
}
