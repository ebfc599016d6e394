using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed partial class YamuxConnectionTests
{
    [Fact]
    public void A_stream_closed_here_first_can_still_receive()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        client.CloseWrites(id);
        client.CloseWrites(id);
        client.Receive(Frame.Data(id, "late"u8.ToArray()));
        Assert.Equal(1, client.StreamCount);
        client.Receive(Frame.Finish(id));

        Assert.Equal(["WindowUpdate Open 1 0", "WindowUpdate Finish 1 0"], Sent(client));
        Assert.Equal("late", _events.TextOf(id));
        Assert.Equal(["finished 1"], _events.Log);
        Assert.Equal(0, client.StreamCount);
    }

    [Fact]
    public void A_stream_closed_by_the_peer_first_can_still_send()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        client.Receive(Frame.Finish(id));
        Assert.Equal(4, client.Send(id, "more"u8));
        Assert.Equal(1, client.StreamCount);
        client.CloseWrites(id);

        Assert.Equal(0, client.StreamCount);
        Assert.Equal(["WindowUpdate Open 1 0", "Data None 1 4", "WindowUpdate Finish 1 0"], Sent(client));
    }

    [Fact]
    public void Sending_after_closing_is_the_callers_error()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();
        client.CloseWrites(id);

        Assert.Equal(0, client.SendWindow(id));
        Assert.Throws<InvalidOperationException>(() => client.Send(id, [1]));
    }

    [Fact]
    public void An_end_on_a_data_frame_comes_after_its_data()
    {
        YamuxConnection server = Server();
        _events.OnData = (id, data) => _events.Log.Add($"data {id} {data.Length}");

        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[3], FrameFlags.Finish)]);

        Assert.Equal(["opened 1", "data 1 3", "finished 1"], _events.Log);
    }

    [Fact]
    public void Data_after_the_peers_end_is_a_violation()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Finish(1)]);

        AssertViolation(YamuxError.DataAfterFinish, server, Frame.Data(1, [1]));
    }

    [Fact]
    public void A_second_end_is_a_violation()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Finish(1)]);

        AssertViolation(YamuxError.DataAfterFinish, server, Frame.Data(1, [], FrameFlags.Finish));
    }

    [Fact]
    public void After_its_end_the_peer_still_gives_window()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Finish(1), .. Frame.Window(1, 100)]);

        Assert.Equal(InitialWindow + 100, server.SendWindow(1));
    }

    [Fact]
    public void A_reset_by_the_peer_ends_the_stream_at_once()
    {
        YamuxConnection client = Client();
        uint id = client.OpenStream();

        client.Receive(Frame.Reset(id));

        Assert.Equal(["reset 1"], _events.Log);
        Assert.Equal(0, client.StreamCount);
        Assert.Equal(0, client.Send(id, [1]));
        client.Consume(id, 5);
        client.CloseWrites(id);
        client.Reset(id);
        Assert.Equal(["WindowUpdate Open 1 0"], Sent(client));
    }

    [Fact]
    public void A_reset_on_a_data_frame_discards_the_data()
    {
        YamuxConnection server = Server();

        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[5], FrameFlags.Reset), .. Frame.Open(3)]);

        Assert.Equal(["opened 1", "reset 1", "opened 3"], _events.Log);
        Assert.Empty(_events.Received);
    }

    [Fact]
    public void No_window_is_given_to_a_peer_that_has_ended()
    {
        YamuxConnection server = Server();
        server.Receive([.. Frame.Open(1), .. Frame.Data(1, new byte[InitialWindow], FrameFlags.Finish)]);
        Sent(server);

        server.Consume(1, InitialWindow);

        Assert.Equal(0, server.PendingOutput);
    }
}
