using System.Text;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    private readonly RecordingEvents _events = new();

    private YamuxConnection Client(YamuxOptions? options = null) => new(isClient: true, _events, options ?? YamuxOptions.Default);

    private YamuxConnection Server(YamuxOptions? options = null) => new(isClient: false, _events, options ?? YamuxOptions.Default);

    private static List<string> Sent(YamuxConnection connection) => [.. Frame.TakeFrom(connection).Select(frame => frame.ToString())];

    [Fact]
    public void A_client_opens_odd_streams_and_a_server_even_ones()
    {
        YamuxConnection client = Client();
        YamuxConnection server = Server();

        Assert.Equal([1u, 3u, 5u], [client.OpenStream(), client.OpenStream(), client.OpenStream()]);
        Assert.Equal([2u, 4u], [server.OpenStream(), server.OpenStream()]);
        Assert.Equal(["WindowUpdate Open 1 0", "WindowUpdate Open 3 0", "WindowUpdate Open 5 0"], Sent(client));
    }

    [Fact]
    public void Data_may_follow_the_SYN_at_once()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        Assert.Equal(5, client.Send(id, "hello"u8));

        Assert.Equal("000100010000000100000000" + "000000000000000100000005" + "68656C6C6F", Convert.ToHexString(client.Output.Span));
    }

    [Fact]
    public void A_stream_that_the_peer_opens_is_acknowledged()
    {
        YamuxConnection server = Server();

        server.Receive([.. Frame.Open(1), .. Frame.Data(1, "hi"u8.ToArray())]);

        Assert.Equal(["opened 1"], _events.Log);
        Assert.Equal("hi", _events.TextOf(1));
        Assert.Equal(["WindowUpdate Acknowledge 1 0"], Sent(server));
    }

    [Fact]
    public void A_SYN_may_carry_data_and_the_end()
    {
        YamuxConnection server = Server();

        server.Receive(Frame.Data(1, "all"u8.ToArray(), FrameFlags.Open | FrameFlags.Finish));

        Assert.Equal(["opened 1", "finished 1"], _events.Log);
        Assert.Equal("all", _events.TextOf(1));
    }

    [Fact]
    public void A_handler_that_resets_a_new_stream_refuses_it_without_an_acknowledgement()
    {
        YamuxConnection server = Server();
        _events.OnOpened = server.Reset;

        server.Receive(Frame.Data(1, "dropped"u8.ToArray(), FrameFlags.Open));

        Assert.Equal(["WindowUpdate Reset 1 0"], Sent(server));
        Assert.Equal("", _events.TextOf(1));
        Assert.Equal(0, server.StreamCount);
    }

    [Fact]
    public void A_handler_that_sends_at_once_sends_the_acknowledgement_first()
    {
        YamuxConnection server = Server();
        _events.OnOpened = id => server.Send(id, "welcome"u8);

        server.Receive(Frame.Open(1));

        Assert.Equal(["WindowUpdate Acknowledge 1 0", "Data None 1 7"], Sent(server));
    }

    [Fact]
    public void Streams_beyond_the_limit_are_reset_and_not_reported()
    {
        YamuxConnection server = Server(new YamuxOptions { MaxStreams = 2 });

        server.Receive([.. Frame.Open(1), .. Frame.Open(3), .. Frame.Open(5), .. Frame.Data(5, [1, 2, 3])]);

        Assert.Equal(["opened 1", "opened 3"], _events.Log);
        Assert.Equal("WindowUpdate Reset 5 0", Sent(server)[^1]);

        server.Receive([.. Frame.Reset(1), .. Frame.Open(7)]);
        Assert.Equal("opened 7", _events.Log[^1]);
    }

    [Fact]
    public void Opening_stops_at_the_accept_backlog_until_the_peer_acknowledges()
    {
        YamuxConnection client = Client(new YamuxOptions { AcceptBacklog = 2 });
        client.OpenStream();
        client.OpenStream();

        Assert.False(client.CanOpenStream);
        Assert.Throws<InvalidOperationException>(() => client.OpenStream());

        client.Receive(Frame.Window(1, 0, FrameFlags.Acknowledge));
        Assert.True(client.CanOpenStream);
        Assert.Equal(5u, client.OpenStream());

        // A second ACK, and the reset of a stream before its ACK, free at most one place each.
        client.Receive(Frame.Window(1, 0, FrameFlags.Acknowledge));
        Assert.False(client.CanOpenStream);
        client.Receive(Frame.Reset(3));
        Assert.True(client.CanOpenStream);
    }

    [Fact]
    public void Ids_that_arrive_out_of_order_are_accepted_once_each()
    {
        YamuxConnection server = Server();

        server.Receive([.. Frame.Open(5), .. Frame.Open(1), .. Frame.Open(3)]);

        Assert.Equal(["opened 5", "opened 1", "opened 3"], _events.Log);
        AssertViolation(YamuxError.DuplicateStream, server, Frame.Open(3));
    }

    [Fact]
    public void An_id_is_not_used_again_after_its_stream_is_gone()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Open(3), .. Frame.Reset(3)]);

        AssertViolation(YamuxError.DuplicateStream, server, Frame.Open(3));
    }

    [Fact]
    public void A_jump_to_the_largest_id_costs_no_memory_and_no_time()
    {
        YamuxConnection server = Server();

        server.Receive([.. Frame.Open(uint.MaxValue), .. Frame.Open(uint.MaxValue - 2)]);

        Assert.Equal(["opened 4294967295", "opened 4294967293"], _events.Log);
        AssertViolation(YamuxError.DuplicateStream, server, Frame.Open(7));
    }

    [Fact]
    public void Many_streams_come_and_go()
    {
        YamuxConnection server = Server();
        var alive = new HashSet<uint>();
        var random = new Random(7);
        for (uint id = 1; id < 20_000; id += 2)
        {
            server.Receive(Frame.Open(id));
            alive.Add(id);
            if (random.Next(3) > 0)
            {
                uint gone = alive.ElementAt(random.Next(alive.Count));
                server.Receive(Frame.Reset(gone));
                alive.Remove(gone);
            }

            server.AdvanceOutput(server.PendingOutput);
        }

        Assert.Equal(alive.Count, server.StreamCount);
        foreach (uint id in alive)
            server.Receive(Frame.Data(id, Encoding.UTF8.GetBytes($"stream {id}")));
        Assert.All(alive, id => Assert.Equal($"stream {id}", _events.TextOf(id)));
    }
}
