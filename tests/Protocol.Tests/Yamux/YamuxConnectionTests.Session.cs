using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    [Fact]
    public void A_ping_is_answered_with_its_value()
    {
        YamuxConnection server = Server();

        server.Receive(Frame.Header12(FrameType.Ping, FrameFlags.Open, 0, 0xcafe));

        Assert.Equal("00020002000000000000CAFE", Convert.ToHexString(server.Output.Span));
    }

    [Fact]
    public void A_pong_is_reported_with_its_value()
    {
        YamuxConnection client = Client();
        client.Ping(7);

        Assert.Equal(["Ping Open 0 7"], Sent(client));
        client.Receive(Frame.Header12(FrameType.Ping, FrameFlags.Acknowledge, 0, 7));

        Assert.Equal(["pong 7"], _events.Log);
        Assert.Equal(0, client.PendingOutput);
    }

    [Fact]
    public void After_the_peers_go_away_no_stream_opens_and_those_that_are_open_go_on()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        client.Receive(Frame.Header12(FrameType.GoAway, FrameFlags.None, 0, GoAwayCode.Normal));

        Assert.Equal(["go away 0"], _events.Log);
        Assert.Equal(YamuxError.GoneAway, Assert.Throws<YamuxException>(() => client.OpenStream()).Error);
        Assert.Equal(1, client.Send(id, [1]));
        client.Receive(Frame.Data(id, "still"u8.ToArray()));
        Assert.Equal("still", _events.TextOf(id));
    }

    [Fact]
    public void After_the_own_go_away_new_streams_are_reset()
    {
        YamuxConnection server = Server();
        server.Receive(Frame.Open(1));

        server.GoAway(GoAwayCode.InternalError);
        server.Receive(Frame.Open(3));

        Assert.Equal(["WindowUpdate Acknowledge 1 0", "GoAway None 0 2", "WindowUpdate Reset 3 0"], Sent(server));
        Assert.Equal(["opened 1"], _events.Log);
    }

    [Fact]
    public void Output_may_be_taken_in_pieces()
    {
        YamuxConnection client = Client();
        client.Ping(1);
        byte[] first = client.Output.Span[..5].ToArray();
        client.AdvanceOutput(5);
        client.Ping(2);

        Assert.Equal(["Ping Open 0 1", "Ping Open 0 2"], Frame.Parse([.. first, .. client.Output.Span]).Select(frame => frame.ToString()));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.AdvanceOutput(client.PendingOutput + 1));
    }

    [Fact]
    public void Input_cut_at_every_byte_gives_the_same_as_in_one_piece()
    {
        byte[] input =
        [
            .. Frame.Open(1), .. Frame.Data(1, "one"u8.ToArray()), .. Frame.Header12(FrameType.Ping, FrameFlags.Open, 0, 9),
            .. Frame.Data(3, "two"u8.ToArray(), FrameFlags.Open), .. Frame.Window(1, 77), .. Frame.Data(3, [], FrameFlags.Finish),
            .. Frame.Reset(1), .. Frame.Header12(FrameType.GoAway, FrameFlags.None, 0, 0),
        ];
        var whole = new RecordingEvents();
        var expected = new YamuxConnection(isClient: false, whole, YamuxOptions.Default);
        expected.Receive(input);

        YamuxConnection server = Server();
        foreach (byte piece in input)
            server.Receive([piece]);

        Assert.Equal(whole.Log, _events.Log);
        Assert.Equal("one", _events.TextOf(1));
        Assert.Equal("two", _events.TextOf(3));
        Assert.Equal(expected.Output.ToArray(), server.Output.ToArray());
    }

    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        var sink = new SilentEvents();
        var server = new YamuxConnection(isClient: false, sink, YamuxOptions.Default);
        sink.Connection = server;
        server.Receive(Frame.Open(1));
        byte[] input =
        [
            .. Frame.Data(1, new byte[16 * 1024]), .. Frame.Window(1, 16 * 1024), .. Frame.Header12(FrameType.Ping, FrameFlags.Open, 0, 1),
        ];
        byte[] reply = new byte[16 * 1024];
        Exchange(100);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Exchange(int times)
        {
            for (int i = 0; i < times; i++)
            {
                server.Receive(input);
                server.Send(1, reply);
                server.AdvanceOutput(server.PendingOutput);
            }
        }
    }

    private sealed class SilentEvents : IYamuxEvents
    {
        public YamuxConnection? Connection { get; set; }

        public void StreamOpened(uint id)
        {
        }

        public void DataReceived(uint id, ReadOnlySpan<byte> data) => Connection!.Consume(id, data.Length);

        public void RemoteClosed(uint id)
        {
        }

        public void StreamReset(uint id)
        {
        }

        public void SendWindowOpened(uint id)
        {
        }

        public void PongReceived(uint value)
        {
        }

        public void GoAwayReceived(uint code)
        {
        }
    }
}
