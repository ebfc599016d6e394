using Islet.Protocol.Http2;
using Islet.Testing.Http2;

namespace Islet.Protocol.Tests.Http2;

/// <summary>Clients that ask for much and spend little end their connection with a typed error, and memory stays bounded.</summary>
public sealed class FloodTests
{
    [Fact]
    public void Requests_that_are_reset_at_once()
    {
        var peer = new ServerPeer();
        for (int i = 0; i <= Http2Limits.Burst; i++)
            peer.Client.Reset(peer.Client.Begin("/s"));
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
        Assert.Equal(0, peer.Server.StreamCount - (peer.Streams.Count - peer.Streams.Count(stream => stream.IsGone)));
    }

    [Fact]
    public void Requests_that_the_server_is_made_to_reset()
    {
        var peer = new ServerPeer();
        for (int i = 0; i <= Http2Limits.Burst; i++)
            peer.Client.Write(FrameType.WindowUpdate, 0, peer.Client.Begin("/s"), [0, 0, 0, 0]);
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
    }

    [Fact]
    public void As_many_resets_as_a_busy_host_has_are_no_flood()
    {
        long now = 0;
        var peer = new ServerPeer(milliseconds: () => now);
        for (int i = 0; i < Http2Limits.Burst * 5; i++)
        {
            now += 1000 / Http2Limits.PerSecond;
            peer.Client.Reset(peer.Client.Begin("/s"));
            peer.Exchange();
        }

        Assert.Null(peer.Client.GoAway);
    }

    [Fact]
    public void Resets_of_streams_that_were_answered_are_no_flood()
    {
        // Each connection into a container, and each exec, ends with some: their number is what a container decides.
        var peer = new ServerPeer(milliseconds: () => 0);
        for (int i = 0; i < Http2Limits.Burst * 2; i++)
        {
            uint id = peer.Client.Begin("/s");
            peer.Exchange();
            peer.Streams[^1].SendHeaders([0x88]);
            peer.Exchange();
            peer.Client.Reset(id);
            peer.Exchange();
        }

        Assert.Null(peer.Client.GoAway);
    }

    [Fact]
    public void Headers_that_go_on_without_end()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Open();
        peer.Client.Write(FrameType.Headers, 0, id, new byte[10]);
        for (int i = 0; i < 3; i++)
            peer.Client.Write(FrameType.Continuation, 0, id, new byte[Http2Limits.MaxFrameSize]);
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
    }

    [Fact]
    public void Headers_that_go_on_without_content()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Open();
        peer.Client.Write(FrameType.Headers, 0, id, []);
        for (int i = 0; i <= Http2Limits.MaxContinuations; i++)
            peer.Client.Write(FrameType.Continuation, 0, id, []);
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
    }

    [Fact]
    public void Headers_that_unpack_to_much()
    {
        var peer = new ServerPeer();
        byte[] bomb = [0x40, 1, (byte)'a', 0x7F, 0xA1, 0x1E, .. new byte[4000], .. Enumerable.Repeat((byte)0xBE, 10_000)];
        peer.Client.Write(FrameType.Headers, FrameFlags.EndHeaders, peer.Client.Open(), bomb);
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
    }

    [Theory]
    [InlineData((byte)FrameType.Settings, "")]
    [InlineData((byte)FrameType.Settings, "000400001000")]
    [InlineData((byte)FrameType.Ping, "0000000000000000")]
    [InlineData((byte)FrameType.GoAway, "0000000000000000")]
    [InlineData((byte)0x77, "")]
    public void Frames_of_no_use(byte type, string hex)
    {
        var peer = new ServerPeer();
        for (int i = 0; i <= Http2Limits.Burst; i++)
            peer.Client.Write((FrameType)type, 0, 0, Convert.FromHexString(hex));
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
    }

    [Theory]
    [InlineData((byte)FrameType.Data, "")]
    [InlineData((byte)FrameType.Priority, "0000000010")]
    public void Frames_of_no_use_on_a_stream(byte type, string hex)
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Begin("/s");
        for (int i = 0; i <= Http2Limits.Burst; i++)
            peer.Client.Write((FrameType)type, 0, id, Convert.FromHexString(hex));
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.ExpectError());
    }

    [Fact]
    public void Questions_whose_answers_are_not_read()
    {
        long now = 0;
        var peer = new ServerPeer(milliseconds: () => now += 1000);
        byte[] ping = [0, 0, 8, (byte)FrameType.Ping, 0, 0, 0, 0, 0, .. new byte[8]];
        peer.Server.Receive(peer.Client.Take());
        Http2Exception? error = null;
        for (int i = 0; i < 1_000_000 && error is null; i++)
            error = Record.Exception(() => peer.Server.Receive(ping)) as Http2Exception;
        Assert.NotNull(error);
        Assert.Equal(Http2Error.EnhanceYourCalm, error.Error);
        Assert.InRange(peer.Server.PendingOutput, Http2Limits.MaxUnread, Http2Limits.MaxUnread + 1024);
    }

    [Fact]
    public void Bytes_that_no_receiver_takes_are_bounded_and_the_stream_with_the_most_of_them_is_reset()
    {
        var peer = new ServerPeer();
        peer.Exchange();
        int streams = Http2Limits.MaxHeld / Http2Limits.StreamWindow;
        for (int i = 0; i < streams; i++)
            Fill(peer, peer.Client.Begin("/s"), Http2Limits.StreamWindow);
        Assert.All(peer.Streams, stream => Assert.False(stream.IsGone));

        uint modest = peer.Client.Begin("/s");
        Fill(peer, modest, 100);
        Assert.Equal(1, peer.Streams.Count(stream => stream.IsGone));
        Assert.True(peer.HandlerOf(peer.Streams[0]).IsLost);
        Assert.Equal(Http2Error.EnhanceYourCalm, peer.Client.Streams[1].Reset);
        Assert.Equal(100, peer.HandlerOf(peer.Streams[^1]).Data.Length);

        // Bytes that are consumed, and those of streams that are gone, make room again.
        peer.Streams[1].Consume(Http2Limits.StreamWindow);
        peer.Client.Reset(5);
        for (int i = 0; i < 2; i++)
            Fill(peer, peer.Client.Begin("/s"), Http2Limits.StreamWindow);
        Assert.Equal(2, peer.Streams.Count(stream => stream.IsGone));
        Assert.Null(peer.Client.GoAway);
    }

    private static void Fill(ServerPeer peer, uint id, int count)
    {
        peer.Exchange();
        Assert.Equal(count, peer.Client.Send(id, new byte[count]));
        peer.Exchange();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mutated_sessions_end_in_the_typed_error_or_go_on_and_cuts_change_nothing(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 1500; round++)
        {
            byte[] session = Session(random);
            for (int i = random.Next(4); i > 0; i--)
                session[random.Next(Http2ServerConnection.Preface.Length, session.Length)] = (byte)random.Next(256);

            string whole = Feed(session, session.Length), pieces = Feed(session, random.Next(1, 40));
            if (whole != pieces)
                Assert.Fail($"seed {seed}, round {round}: {whole} whole, {pieces} in pieces");
        }
    }

    private static byte[] Session(Random random)
    {
        var client = new Http2Client();
        for (int i = 0; i < 6; i++)
        {
            uint id = client.Begin($"/s{i}");
            byte[] body = new byte[random.Next(100)];
            random.NextBytes(body);
            client.Send(id, body, end: random.Next(2) == 0);
            if (random.Next(3) == 0)
                client.Update(id, random.Next(1, 1000));
            if (random.Next(4) == 0)
                client.Reset(id);
            if (random.Next(3) == 0)
                client.Write(FrameType.Ping, 0, 0, new byte[8]);
        }

        return client.Take();
    }

    // Returns the server's understanding, as a text to compare.
    private static string Feed(byte[] session, int size)
    {
        var peer = new ServerPeer();
        string end = "open";
        try
        {
            foreach (byte[] piece in session.Chunk(size))
            {
                if (!peer.Server.Receive(piece))
                    return "another client";
            }
        }
        catch (Http2Exception exception)
        {
            end = exception.Error.ToString();
        }

        IEnumerable<string> streams = peer.Streams.Select(
            stream => $"{peer.HandlerOf(stream).Data.Length}{stream.RemoteClosed}{stream.IsGone}");
        return $"{end} {string.Join(' ', peer.Paths)} {string.Join(' ', streams)}";
    }
}
