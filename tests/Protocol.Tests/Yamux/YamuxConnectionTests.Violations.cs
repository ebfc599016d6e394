using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    [Theory]
    [InlineData("010000000000000100000000", YamuxError.InvalidVersion)]
    [InlineData("FF0000000000000100000000", YamuxError.InvalidVersion)]
    [InlineData("000400000000000100000000", YamuxError.InvalidType)]
    [InlineData("00FF00000000000100000000", YamuxError.InvalidType)]
    [InlineData("000000000000000000000000", YamuxError.InvalidStreamId)]
    [InlineData("000100010000000000000000", YamuxError.InvalidStreamId)]
    [InlineData("000200010000000100000000", YamuxError.InvalidStreamId)]
    [InlineData("000300000000000100000000", YamuxError.InvalidStreamId)]
    [InlineData("000100010000000200000000", YamuxError.WrongParity)]
    [InlineData("000000000000000900040001", YamuxError.FrameTooLarge)]
    [InlineData("0000000000000009FFFFFFFF", YamuxError.FrameTooLarge)]
    public void A_malformed_frame_ends_the_connection(string hex, YamuxError error) =>
        AssertViolation(error, Server(), Convert.FromHexString(hex));

    [Fact]
    public void A_server_that_opens_a_clients_stream_is_a_violation() => AssertViolation(YamuxError.WrongParity, Client(), Frame.Open(3));

    [Fact]
    public void A_failed_connection_stays_failed()
    {
        YamuxConnection server = Server();
        AssertViolation(YamuxError.InvalidVersion, server, Convert.FromHexString("010000000000000100000000"));

        Assert.Equal(YamuxError.InvalidVersion, Assert.Throws<YamuxException>(() => server.Receive(Frame.Open(1))).Error);
        Assert.Equal(YamuxError.InvalidVersion, Assert.Throws<YamuxException>(() => server.OpenStream()).Error);
        Assert.Empty(_events.Log);
    }

    [Fact]
    public void Frames_of_streams_that_never_were_are_passed_over()
    {
        YamuxConnection server = Server();

        server.Receive([.. Frame.Data(99, [1, 2, 3]), .. Frame.Window(98, 1), .. Frame.Finish(97), .. Frame.Reset(96), .. Frame.Open(1)]);

        Assert.Equal(["opened 1"], _events.Log);
    }

    [Fact]
    public void A_peer_that_pings_and_never_reads_is_cut_off()
    {
        YamuxConnection server = Server(new YamuxOptions { MaxPendingReplies = 1200 });
        byte[] ping = Frame.Header12(FrameType.Ping, FrameFlags.Open, 0, 1);
        for (int i = 0; i <= 100; i++)
            server.Receive(ping);

        Assert.Equal(YamuxError.Flooded, Assert.Throws<YamuxException>(() => server.Receive(ping)).Error);
        Assert.Equal("GoAway None 0 1", Sent(server)[^1]);
    }

    [Fact]
    public void A_peer_that_opens_refused_streams_and_never_reads_is_cut_off()
    {
        YamuxConnection server = Server(new YamuxOptions { MaxStreams = 1, MaxPendingReplies = 1200 });
        YamuxException? error = null;
        for (uint id = 1; error is null && id < 1000; id += 2)
            error = Record.Exception(() => server.Receive(Frame.Open(id))) as YamuxException;

        Assert.Equal(YamuxError.Flooded, error?.Error);
        Assert.InRange(server.PendingOutput, 1200, 1300);
    }

    private static void AssertViolation(YamuxError expected, YamuxConnection connection, byte[] input)
    {
        connection.AdvanceOutput(connection.PendingOutput);

        YamuxException thrown = Assert.Throws<YamuxException>(() => connection.Receive(input));

        Assert.Equal(expected, thrown.Error);
        Assert.Equal("GoAway None 0 1", Sent(connection)[^1]);
    }
}
