using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_new_client_on_the_old_transport_is_told_apart_and_loses_nothing(int pieceSize)
    {
        YamuxConnection old = Server();
        old.Receive([.. Frame.Open(1), .. Frame.Open(3), .. Frame.Data(3, "old"u8.ToArray())]);
        byte[] anew = [.. Frame.Open(1), .. Frame.Data(1, "new"u8.ToArray()), .. Frame.Open(3)];

        var events = new RecordingEvents();
        YamuxConnection current = old;
        foreach (byte[] piece in anew.Chunk(pieceSize))
        {
            try
            {
                current.Receive(piece);
            }
            catch (YamuxException restart) when (restart.Error == YamuxError.PeerRestarted)
            {
                current = new YamuxConnection(isClient: false, events, YamuxOptions.Default);
                current.Receive(old.TakeUnconsumed().Span);
                Assert.True(old.TakeUnconsumed().IsEmpty);
            }
        }

        Assert.NotSame(old, current);
        Assert.Equal(["opened 1", "opened 3"], events.Log);
        Assert.Equal("new", events.TextOf(1));
        Assert.Equal(["opened 1", "opened 3"], _events.Log);
    }

    [Fact]
    public void A_late_SYN_for_stream_1_is_no_restart()
    {
        YamuxConnection server = Server();

        server.Receive([.. Frame.Open(3), .. Frame.Open(1)]);

        Assert.Equal(["opened 3", "opened 1"], _events.Log);
    }

    [Fact]
    public void Synchronize_sends_ordinary_frames_and_needs_no_answer_to_go_on()
    {
        YamuxConnection client = Client();

        client.Synchronize(0x12345678);
        uint id = client.OpenStream();

        Assert.Equal(3u, id);
        Assert.Equal(
            ["WindowUpdate Open 1 0", "WindowUpdate Reset 1 0", $"Ping Open 0 {0x12345678}", "WindowUpdate Open 3 0"], Sent(client));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10_000)]
    public void A_client_that_synchronizes_passes_over_what_was_left_for_an_older_one(int pieceSize)
    {
        const uint Token = 0xfeedface;
        YamuxConnection client = Client();
        client.Synchronize(Token);
        uint id = client.OpenStream();

        // First the end of a frame whose beginning an older client has read, and an answer to that client's ping. Then data of a stream
        // whose number is in use again, and the answer to the current ping.
        byte[] leftOver =
        [
            0, 2, 0, 2, 0, 0, 0, 0, 0xfe, 0xed, 0, 0, 2, .. Frame.Header12(FrameType.Ping, FrameFlags.Acknowledge, 0, 0xfeedfacf),
            .. Frame.Data(id, "stale"u8.ToArray()), 0, 2, 0,
        ];
        byte[] current = [.. Frame.Header12(FrameType.Ping, FrameFlags.Acknowledge, 0, Token), .. Frame.Data(id, "fresh"u8.ToArray())];
        foreach (byte[] piece in leftOver.Concat(current).Chunk(pieceSize))
            client.Receive(piece);

        Assert.Equal("fresh", _events.TextOf(id));
        Assert.Empty(_events.Log);
    }

    [Fact]
    public void A_server_that_served_an_older_client_and_a_client_that_synchronizes_find_each_other()
    {
        var served = new RecordingEvents();
        YamuxConnection server = new(isClient: false, served, YamuxOptions.Default);
        YamuxConnection older = new(isClient: true, new RecordingEvents(), YamuxOptions.Default);
        older.Synchronize(1);
        older.Send(older.OpenStream(), "older"u8);
        server.Receive(older.Output.Span);
        server.Send(3, "an answer that is not taken"u8);

        YamuxConnection client = Client();
        client.Synchronize(2);
        uint id = client.OpenStream();
        client.Send(id, "newer"u8);
        Assert.Equal(
            YamuxError.PeerRestarted, Assert.Throws<YamuxException>(() => server.Receive(client.Output.Span)).Error);

        // The remaining output of the old session is on its way; a partial write makes it worse.
        byte[] stale = server.Output.Span[7..].ToArray();
        var fresh = new YamuxConnection(isClient: false, served, YamuxOptions.Default);
        served.OnData = (stream, _) => fresh.Send(stream, "welcome"u8);
        fresh.Receive(server.TakeUnconsumed().Span);
        client.Receive([.. stale, .. fresh.Output.Span]);

        Assert.Equal("welcome", _events.TextOf(id));
    }

    [Fact]
    public void Synchronize_is_for_clients_at_their_beginning()
    {
        Assert.Throws<InvalidOperationException>(() => Server().Synchronize(1));

        YamuxConnection client = Client();
        client.OpenStream();
        Assert.Throws<InvalidOperationException>(() => client.Synchronize(1));
    }
}
