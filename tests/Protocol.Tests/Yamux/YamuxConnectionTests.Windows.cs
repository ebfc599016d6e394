using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    private const int InitialWindow = 256 * 1024;

    [Fact]
    public void Sending_stops_where_the_window_ends_and_goes_on_when_it_opens()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        Assert.Equal(InitialWindow, client.SendWindow(id));
        Assert.Equal(InitialWindow, client.Send(id, new byte[InitialWindow + 1]));
        Assert.Equal(0, client.SendWindow(id));
        Assert.Equal(0, client.Send(id, [1]));

        client.Receive(Frame.Window(id, 10));
        Assert.Equal(["window 1"], _events.Log);
        Assert.Equal(10, client.Send(id, new byte[20]));
    }

    [Fact]
    public void Long_sends_are_cut_into_frames()
    {
        YamuxConnection client = Client(new YamuxOptions { MaxFrameSize = 1000 });
        uint id = client.OpenStream();

        client.Send(id, new byte[2500]);

        Assert.Equal(["WindowUpdate Open 1 0", "Data None 1 1000", "Data None 1 1000", "Data None 1 500"], Sent(client));
    }

    [Fact]
    public void The_peer_may_fill_the_window_exactly_and_no_further()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[InitialWindow])]);
        Assert.Equal(InitialWindow, _events.Received[1].Length);

        AssertViolation(YamuxError.WindowExceeded, server, Frame.Data(1, [1]));
    }

    [Fact]
    public void An_exceeded_window_is_noticed_before_any_of_the_data_is_passed_on()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[InitialWindow - 10])]);

        AssertViolation(YamuxError.WindowExceeded, server, Frame.Data(1, new byte[11]));
        Assert.Equal(InitialWindow - 10, _events.Received[1].Length);
    }

    [Fact]
    public void Consuming_half_of_the_window_tells_the_peer()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[InitialWindow])]);
        Sent(server);

        server.Consume(1, (InitialWindow / 2) - 1);
        Assert.Equal(0, server.PendingOutput);
        server.Consume(1, 1);
        Assert.Equal([$"WindowUpdate None 1 {InitialWindow / 2}"], Sent(server));

        server.Receive(Frame.Data(1, new byte[InitialWindow / 2]));
        AssertViolation(YamuxError.WindowExceeded, server, Frame.Data(1, [1]));
    }

    [Fact]
    public void Consuming_more_than_was_received_is_the_callers_error()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[10])]);

        Assert.Throws<ArgumentOutOfRangeException>(() => server.Consume(1, 11));
        server.Consume(1, 10);
        Assert.Throws<ArgumentOutOfRangeException>(() => server.Consume(1, 1));
    }

    [Fact]
    public void A_larger_window_is_announced_with_the_SYN_and_with_the_ACK()
    {
        var options = new YamuxOptions { ReceiveWindow = 1024 * 1024 };
        YamuxConnection client = Client(options);
        YamuxConnection server = Server(options);
        client.OpenStream();
        server.Receive(Frame.Open(1));

        Assert.Equal([$"WindowUpdate Open 1 {768 * 1024}"], Sent(client));
        Assert.Equal([$"WindowUpdate Acknowledge 1 {768 * 1024}"], Sent(server));
    }

    [Fact]
    public void The_peers_larger_window_counts_from_its_SYN_or_ACK_on()
    {
        YamuxConnection server = Server();
        server.Receive(Frame.Window(1, 1000, FrameFlags.Open));
        Assert.Equal(InitialWindow + 1000, server.SendWindow(1));

        YamuxConnection client = Client();
        uint id = client.OpenStream();
        client.Receive(Frame.Window(id, 2000, FrameFlags.Acknowledge));
        Assert.Equal(InitialWindow + 2000, client.SendWindow(id));
    }

    [Fact]
    public void The_largest_window_is_fine_and_one_byte_more_is_not()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        client.Receive(Frame.Window(id, uint.MaxValue - InitialWindow));
        Assert.Equal(int.MaxValue, client.SendWindow(id));

        AssertViolation(YamuxError.WindowOverflow, client, Frame.Window(id, 1));
    }

    [Fact]
    public void Data_for_a_stream_that_was_reset_here_is_passed_over()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Open(3)]);
        server.Reset(1);

        server.Receive([.. Frame.Data(1, new byte[1000]), .. Frame.Window(1, 5), .. Frame.Finish(1), .. Frame.Data(3, "on"u8.ToArray())]);

        Assert.Equal(["opened 1", "opened 3"], _events.Log);
        Assert.Equal("on", _events.TextOf(3));
    }

    [Fact]
    public void A_stream_reset_in_the_middle_of_a_frame_gets_no_more_of_it()
    {
        YamuxConnection server = Server();
        server.Receive(Frame.Open(1));
        byte[] frame = Frame.Data(1, new byte[100]);
        server.Receive(frame.AsSpan(0, 50));
        server.Reset(1);

        server.Receive(frame.AsSpan(50));

        Assert.Equal(50 - FrameHeader.Size, _events.Received[1].Length);
    }

    [Fact]
    public void Options_refuse_a_window_below_what_peers_assume() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new YamuxOptions { ReceiveWindow = InitialWindow - 1 });
}
