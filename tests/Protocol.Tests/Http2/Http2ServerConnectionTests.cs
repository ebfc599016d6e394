using Islet.Protocol.Http2;
using Islet.Testing.Http2;

namespace Islet.Protocol.Tests.Http2;

/// <summary>The rules of RFC 9113, as a server keeps them.</summary>
public sealed class Http2ServerConnectionTests
{
    private static readonly byte[] s_trailers = [HpackEncoder.StatusOk];

    [Fact]
    public void The_greeting_of_a_connection_is_the_constant_that_a_client_may_be_given_before()
    {
        var peer = new ServerPeer();
        peer.Server.Receive(peer.Client.Take());
        byte[] output = peer.Server.Output.ToArray();

        Assert.Equal(Http2ServerConnection.Greeting, output.AsSpan(0, Http2ServerConnection.Greeting.Length));
        peer.PassOutput();
        Assert.Equal(Http2Limits.ConnectionWindow, peer.Client.SendWindow);
        Assert.Equal(FrameFlags.Acknowledge, peer.Client.Frames[^1].Flags);
    }

    [Fact]
    public void A_request_and_its_response_pass_cut_anywhere()
    {
        for (int size = 1; size < 60; size += 7)
        {
            var peer = new ServerPeer();
            uint id = peer.Client.Begin("/a/b");
            peer.Client.Send(id, "question"u8, end: true);
            foreach (byte[] piece in peer.Client.Take().Chunk(size))
                Assert.True(peer.Server.Receive(piece));
            Http2Stream stream = Assert.Single(peer.Streams);
            Assert.Equal("question"u8, peer.HandlerOf(stream).Data.ToArray());
            Assert.True(peer.HandlerOf(stream).Ended);

            stream.SendHeaders(s_trailers);
            stream.Write("ans"u8, "wer"u8);
            stream.Finish(s_trailers, stopsClient: false);
            peer.PassOutput();
            Assert.Equal("answer"u8, peer.Client.Streams[id].Body.ToArray());
            Assert.True(peer.Client.Streams[id].Ended);
            Assert.True(stream.IsGone);
            Assert.Equal(0, peer.Server.StreamCount);
        }
    }

    [Fact]
    public void Padding_and_priority_are_left_out()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Open();
        byte[] block = Http2Client.Block(Http2Client.Standard("/padded"));
        peer.Client.Write(
            FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.Padded | FrameFlags.HasPriority, id, [3, 0, 0, 0, 0, 16, .. block, 0, 0,
                0]);
        peer.Client.Write(FrameType.Data, FrameFlags.Padded | FrameFlags.EndStream, id, [4, .. "data"u8, 0, 0, 0, 0]);
        foreach (byte next in peer.Client.Take())
            peer.Server.Receive([next]);

        Assert.Equal(["/padded"], peer.Paths);
        Assert.Equal("data"u8, peer.HandlerOf(peer.Streams[0]).Data.ToArray());
        Assert.True(peer.HandlerOf(peer.Streams[0]).Ended);
    }

    [Fact]
    public void Headers_may_come_in_several_frames_and_nothing_may_come_between()
    {
        var peer = new ServerPeer();
        byte[] block = Http2Client.Block(Http2Client.Standard("/split"));
        uint id = peer.Client.Open();
        peer.Client.Write(FrameType.Headers, 0, id, block.AsSpan(0, 10));
        peer.Client.Write(FrameType.Continuation, 0, id, []);
        peer.Client.Write(FrameType.Continuation, FrameFlags.EndHeaders, id, block.AsSpan(10));
        peer.Exchange();
        Assert.Equal(["/split"], peer.Paths);

        peer.Client.Write(FrameType.Headers, 0, peer.Client.Open(), block.AsSpan(0, 10));
        peer.Client.Write(FrameType.Ping, 0, 0, new byte[8]);
        Assert.Equal(Http2Error.ProtocolError, peer.ExpectError());
    }

    [Fact]
    public void Trailers_end_a_request()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Begin("/t");
        peer.Client.Write(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, id, Http2Client.Block([("x", "y")]));
        peer.Exchange();
        Assert.True(peer.HandlerOf(peer.Streams[0]).Ended);
    }

    [Fact]
    public void Each_side_may_end_first()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Begin("/a");
        peer.Exchange();
        peer.Streams[0].Finish(s_trailers, stopsClient: false);
        peer.Exchange();
        Assert.True(peer.Client.Streams[id].Ended);
        Assert.Null(peer.Client.Streams[id].Reset);
        Assert.False(peer.Streams[0].IsGone);

        peer.Client.Send(id, [], end: true);
        peer.Exchange();
        Assert.True(peer.Streams[0].IsGone);
        Assert.True(peer.HandlerOf(peer.Streams[0]).Ended);
    }

    [Fact]
    public void A_client_that_still_sends_is_stopped_with_NO_ERROR_and_its_late_bytes_are_skipped()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Begin("/a");
        peer.Exchange();
        peer.Client.Send(id, "late"u8);
        peer.Streams[0].Finish(s_trailers, stopsClient: true);
        peer.Exchange();

        Assert.True(peer.Client.Streams[id].Ended);
        Assert.Equal(Http2Error.NoError, peer.Client.Streams[id].Reset);
        Assert.Equal(0, peer.HandlerOf(peer.Streams[0]).Data.Length);
    }

    [Fact]
    public void Nothing_is_sent_beyond_the_windows_and_the_rest_follows_when_there_is_room()
    {
        const int Length = 1_000_000;
        var peer = new ServerPeer(streamWindow: 1000, consumes: false);
        uint id = peer.Client.Begin("/big");
        peer.Exchange();
        byte[] sent = new byte[Length];
        new Random(1).NextBytes(sent);
        Http2Stream stream = peer.Streams[0];
        stream.SendHeaders(s_trailers);
        Assert.Equal(990, stream.SendWindow(10));
        stream.Write([], sent);
        stream.Finish(s_trailers, stopsClient: false);
        peer.Exchange();
        Assert.Equal(1000, peer.Client.Streams[id].Body.Length);
        Assert.Equal(0, stream.SendWindow(0));

        while (peer.Client.Streams[id].Body.Length < Length)
        {
            peer.Client.Update(0, 7000);
            peer.Client.Update(id, 7000);
            peer.Exchange();
        }

        Assert.Equal(sent, peer.Client.Streams[id].Body.ToArray());
        Assert.True(peer.Client.Streams[id].Ended);
    }

    [Fact]
    public void Streams_that_wait_for_the_window_of_the_connection_are_told_when_it_opens()
    {
        var peer = new ServerPeer(streamWindow: Http2Limits.DefaultWindow, consumes: false);
        peer.Client.Begin("/a");
        peer.Client.Begin("/b");
        peer.Exchange();
        Http2Stream first = peer.Streams[0], second = peer.Streams[1];
        first.Write([], new byte[Http2Limits.DefaultWindow - 5]);
        Assert.Equal(5, second.SendWindow(0));
        Assert.Equal(0, second.SendWindow(10));
        peer.Exchange();

        peer.Client.Update(0, 1000);
        peer.Exchange();
        Assert.Equal(1, peer.HandlerOf(second).Openings);
        Assert.Equal(995, second.SendWindow(10));
        Assert.Equal(0, peer.HandlerOf(first).Openings);
    }

    [Fact]
    public void Streams_that_wait_because_the_transport_is_full_are_told_when_it_takes_more()
    {
        var peer = new ServerPeer(streamWindow: 10_000_000);
        peer.Client.Update(0, 10_000_000);
        peer.Client.Begin("/a");
        peer.Exchange();
        Http2Stream stream = peer.Streams[0];
        while (stream.SendWindow(0) > 0)
            stream.Write([], new byte[32 * 1024]);
        Assert.InRange(peer.Server.PendingOutput, Http2Limits.CongestedAt, Http2Limits.CongestedAt + 64 * 1024);

        peer.Server.AdvanceOutput(peer.Server.PendingOutput - Http2Limits.RelievedAt - 1);
        Assert.False(peer.Server.Relieve());
        peer.Server.AdvanceOutput(1);
        peer.Server.Relieve();
        Assert.Equal(1, peer.HandlerOf(stream).Openings);
        Assert.True(stream.SendWindow(0) > 0);
    }

    [Fact]
    public void The_client_gets_room_again_for_what_was_consumed_and_for_padding()
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Begin("/up");
        peer.Exchange();
        int sent = peer.Client.Send(id, new byte[Http2Limits.StreamWindow]);
        peer.Exchange();
        Assert.Equal(Http2Limits.StreamWindow, sent);
        Assert.Equal(0, peer.Client.Send(id, new byte[1]));

        peer.Streams[0].Consume(Http2Limits.StreamWindow / 2 - 1);
        peer.Exchange();
        Assert.Equal(0, peer.Client.Streams[id].SendWindow);
        peer.Streams[0].Consume(1);
        peer.Exchange();
        Assert.Equal(Http2Limits.StreamWindow / 2, peer.Client.Streams[id].SendWindow);
    }

    [Fact]
    public void The_window_of_the_connection_is_refilled_as_bytes_arrive()
    {
        var peer = new ServerPeer();
        long total = 0;
        for (int i = 0; i < 80; i++)
        {
            uint id = peer.Client.Begin("/up");
            peer.Exchange();
            total += peer.Client.Send(id, new byte[Http2Limits.StreamWindow]);
            peer.Exchange();
        }

        Assert.Equal(80L * Http2Limits.StreamWindow, total);
    }

    [Fact]
    public void A_smaller_initial_window_takes_from_open_streams_and_a_larger_one_gives()
    {
        var peer = new ServerPeer(streamWindow: 1000, consumes: false);
        peer.Client.Begin("/a");
        peer.Exchange();
        Http2Stream stream = peer.Streams[0];
        stream.Write([], new byte[600]);
        peer.Client.Write(FrameType.Settings, 0, 0, [0, 4, 0, 0, 0x01, 0xF4]); // 500
        peer.Exchange();
        Assert.Equal(0, stream.SendWindow(0));

        peer.Client.Write(FrameType.Settings, 0, 0, [0, 4, 0, 0, 0x03, 0x20]); // 800
        peer.Exchange();
        Assert.Equal(200, stream.SendWindow(0));
        Assert.Equal(1, peer.HandlerOf(stream).Openings);
    }

    [Fact]
    public void A_ping_is_answered_with_its_bytes()
    {
        var peer = new ServerPeer();
        peer.Client.Write(FrameType.Ping, 0, 0, "12345678"u8);
        peer.Exchange();
        Assert.Equal("12345678"u8, Assert.Single(peer.Client.Pongs));
    }

    [Fact]
    public void A_reset_loses_the_stream_and_only_it()
    {
        var peer = new ServerPeer();
        uint first = peer.Client.Begin("/a");
        peer.Client.Begin("/b");
        peer.Client.Reset(first);
        peer.Exchange();
        Assert.True(peer.HandlerOf(peer.Streams[0]).IsLost);
        Assert.True(peer.Streams[0].IsGone);
        Assert.False(peer.HandlerOf(peer.Streams[1]).IsLost);
        peer.Streams[0].Write([], "dropped"u8);
        peer.Streams[0].Finish(s_trailers, stopsClient: true);
        Assert.Equal(0, peer.Server.PendingOutput);
    }

    [Fact]
    public void Closing_the_connection_loses_every_stream()
    {
        var peer = new ServerPeer();
        peer.Client.Begin("/a");
        peer.Client.Begin("/b");
        peer.Exchange();
        peer.Server.Close();
        Assert.All(peer.Streams, stream => Assert.True(stream.IsGone && peer.HandlerOf(stream).IsLost));
        Assert.Equal(0, peer.Server.PendingOutput);
    }

    [Fact]
    public void A_new_client_is_told_from_the_old_one_wherever_its_bytes_are_cut()
    {
        var second = new Http2Client();
        uint id = second.Begin("/second");
        byte[] begin = second.Take();
        for (int cut = 0; cut <= begin.Length; cut++)
        {
            var peer = new ServerPeer();
            peer.Client.Begin("/first");
            peer.Server.Receive(peer.Client.Take());
            List<byte> passedOn = [];
            foreach (byte[] piece in (byte[][])[begin[..cut], begin[cut..]])
            {
                if (passedOn.Count > 0)
                    passedOn.AddRange(piece);
                else if (!peer.Server.Receive(piece))
                    passedOn.AddRange(peer.Server.TakeUnconsumed().ToArray());
            }

            Assert.Equal(begin, passedOn);
            Assert.Equal(["/first"], peer.Paths);
        }

        Assert.Equal(1u, id);
    }

    [Theory]
    [InlineData(":method: GET\n:scheme: http\n:path: /\n:path: /twice")]
    [InlineData(":method: POST\n:scheme: http")]
    [InlineData(":method: POST\n:path: /")]
    [InlineData(":scheme: http\n:path: /")]
    [InlineData(":method: POST\n:scheme: http\n:path: ")]
    [InlineData(":method: POST\n:scheme: http\n:path: /\n:status: 200")]
    [InlineData(":method: POST\n:scheme: http\nx: y\n:path: /")]
    [InlineData(":method: POST\n:scheme: http\n:path: /\nUpper: case")]
    [InlineData(":method: POST\n:scheme: http\n:path: /\nconnection: close")]
    [InlineData(":method: POST\n:scheme: http\n:path: /\ntransfer-encoding: chunked")]
    [InlineData(":method: POST\n:scheme: http\n:path: /\nte: gzip")]
    public void A_malformed_request_is_reset_and_the_connection_goes_on(string fields)
    {
        var peer = new ServerPeer();
        uint id = peer.Client.Open();
        byte[] block = Http2Client.Block(fields.Split('\n').Select(line =>
            (line[..line.IndexOf(": ", 1, StringComparison.Ordinal)], line[(line.IndexOf(": ", 1, StringComparison.Ordinal) + 2)..])));
        peer.Client.Write(FrameType.Headers, FrameFlags.EndHeaders, id, block);
        peer.Client.Begin("/next");
        peer.Exchange();
        Assert.Equal(Http2Error.ProtocolError, peer.Client.Streams[id].Reset);
        Assert.Equal(["/next"], peer.Paths);
    }

    [Fact]
    public void Rules_that_concern_one_stream_cost_only_that_stream()
    {
        var peer = new ServerPeer();
        uint[] ids = [.. Enumerable.Range(0, 6).Select(_ => peer.Client.Begin("/s"))];
        peer.Client.Send(ids[0], [], end: true);
        peer.Client.Write(FrameType.Data, 0, ids[0], [1]);
        for (int i = 0; i < 17; i++)
            peer.Client.Write(FrameType.Data, 0, ids[1], new byte[Http2Limits.MaxFrameSize]);
        peer.Client.Write(FrameType.WindowUpdate, 0, ids[2], [0, 0, 0, 0]);
        peer.Client.Write(FrameType.WindowUpdate, 0, ids[3], [0x7F, 0xFF, 0xFF, 0xFF]);
        peer.Client.Write(FrameType.Headers, FrameFlags.EndHeaders, ids[4], Http2Client.Block([("x", "y")]));
        peer.Exchange();

        Http2Error?[] resets = [.. ids.Select(id => peer.Client.Streams[id].Reset)];
        Assert.Equal(
            [Http2Error.StreamClosed, Http2Error.FlowControlError, Http2Error.ProtocolError, Http2Error.FlowControlError,
                Http2Error.ProtocolError, null],
            resets);
        Assert.Equal(5, peer.Streams.Count(stream => peer.HandlerOf(stream).IsLost));
    }

    [Fact]
    public void Streams_beyond_the_limit_are_refused_and_may_be_tried_again()
    {
        var peer = new ServerPeer();
        for (int i = 0; i < Http2Limits.MaxStreams; i++)
            peer.Client.Begin("/s");
        uint late = peer.Client.Begin("/late");
        peer.Exchange();
        Assert.Equal(Http2Limits.MaxStreams, peer.Streams.Count);
        Assert.Equal(Http2Error.RefusedStream, peer.Client.Streams[late].Reset);
    }

    public static TheoryData<string, string, uint> Violations => new()
    {
        // type, flags, stream and payload in hexadecimal; the error of RFC 9113.
        { "a frame that is too long", "004001" + "0600" + "00000000", (uint)Http2Error.FrameSizeError },
        { "DATA on the connection", "000000" + "0000" + "00000000", (uint)Http2Error.ProtocolError },
        { "DATA on an idle stream", "000001" + "0000" + "00000003" + "00", (uint)Http2Error.ProtocolError },
        { "padding longer than DATA", "000001" + "0008" + "00000001" + "01", (uint)Http2Error.ProtocolError },
        { "padded DATA without a byte", "000000" + "0008" + "00000001", (uint)Http2Error.FrameSizeError },
        { "HEADERS on the connection", "000001" + "0104" + "00000000" + "82", (uint)Http2Error.ProtocolError },
        { "HEADERS on a server's stream", "000001" + "0104" + "00000002" + "82", (uint)Http2Error.ProtocolError },
        { "padding longer than HEADERS", "000002" + "010c" + "00000003" + "0282", (uint)Http2Error.ProtocolError },
        { "HEADERS that are no block", "000001" + "0104" + "00000003" + "80", (uint)Http2Error.CompressionError },
        { "PRIORITY of another length", "000004" + "0200" + "00000001" + "00000000", (uint)Http2Error.FrameSizeError },
        { "PRIORITY on the connection", "000005" + "0200" + "00000000" + "0000000000", (uint)Http2Error.ProtocolError },
        { "RST_STREAM of another length", "000003" + "0300" + "00000001" + "000000", (uint)Http2Error.FrameSizeError },
        { "RST_STREAM on an idle stream", "000004" + "0300" + "00000005" + "00000000", (uint)Http2Error.ProtocolError },
        { "SETTINGS on a stream", "000000" + "0400" + "00000001", (uint)Http2Error.ProtocolError },
        { "SETTINGS of another length", "000005" + "0400" + "00000000" + "0000000000", (uint)Http2Error.FrameSizeError },
        { "an acknowledgement with content", "000006" + "0401" + "00000000" + "000100000000", (uint)Http2Error.FrameSizeError },
        { "a push setting of 2", "000006" + "0400" + "00000000" + "000200000002", (uint)Http2Error.ProtocolError },
        { "a window beyond 2^31-1", "000006" + "0400" + "00000000" + "000480000000", (uint)Http2Error.FlowControlError },
        { "a frame size of 16,383", "000006" + "0400" + "00000000" + "000500003fff", (uint)Http2Error.ProtocolError },
        { "PUSH_PROMISE from a client", "000005" + "0504" + "00000001" + "0000000282", (uint)Http2Error.ProtocolError },
        { "PING of another length", "000007" + "0600" + "00000000" + "00000000000000", (uint)Http2Error.FrameSizeError },
        { "PING on a stream", "000008" + "0600" + "00000001" + "0000000000000000", (uint)Http2Error.ProtocolError },
        { "GOAWAY on a stream", "000008" + "0700" + "00000001" + "0000000000000000", (uint)Http2Error.ProtocolError },
        { "GOAWAY of another length", "000007" + "0700" + "00000000" + "00000000000000", (uint)Http2Error.FrameSizeError },
        { "WINDOW_UPDATE of another length", "000003" + "0800" + "00000000" + "000001", (uint)Http2Error.FrameSizeError },
        { "WINDOW_UPDATE of nothing", "000004" + "0800" + "00000000" + "00000000", (uint)Http2Error.ProtocolError },
        { "WINDOW_UPDATE on an idle stream", "000004" + "0800" + "00000007" + "00000001", (uint)Http2Error.ProtocolError },
        { "a window of the connection beyond 2^31-1", "000004" + "0800" + "00000000" + "7fffffff", (uint)Http2Error.FlowControlError },
        { "CONTINUATION of nothing", "000001" + "0904" + "00000001" + "82", (uint)Http2Error.ProtocolError },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void A_violation_ends_the_connection_with_the_error_of_the_specification(string what, string hex, uint error)
    {
        var peer = new ServerPeer();
        peer.Client.Begin("/s");
        peer.Exchange();
        Http2Exception exception = Assert.Throws<Http2Exception>(() => peer.Server.Receive(Convert.FromHexString(hex)));
        Assert.True((Http2Error)error == exception.Error, $"{what}: {exception.Error}, {exception.Message}");
        peer.PassOutput();
        Assert.Equal(exception.Error, peer.Client.GoAway);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")]
    public void A_client_without_the_preface_is_refused(string text)
    {
        var peer = new ServerPeer();
        Assert.Equal(
            Http2Error.ProtocolError, Assert.Throws<Http2Exception>(() =>
                peer.Server.Receive(System.Text.Encoding.ASCII.GetBytes(text))).Error);
    }

    [Fact]
    public void A_client_begins_with_its_settings()
    {
        var peer = new ServerPeer();
        Assert.Throws<Http2Exception>(() => peer.Server.Receive([.. Http2ServerConnection.Preface, 0, 0, 8, 6, 0, 0, 0, 0, 0,
            .. new byte[8]]));
    }

    [Fact]
    public void Frames_of_unknown_types_and_settings_are_ignored()
    {
        var peer = new ServerPeer();
        peer.Client.Write((FrameType)0x77, 0xFF, 5, new byte[100]);
        peer.Client.Write(FrameType.Settings, 0, 0, [0, 0x77, 1, 2, 3, 4]);
        peer.Client.Write(FrameType.GoAway, 0, 0, new byte[8]);
        peer.Client.Begin("/after");
        peer.Exchange();
        Assert.Equal(["/after"], peer.Paths);
    }
}
