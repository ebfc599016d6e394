using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Guest.Tests;

/// <summary>The agent's side of its streams, on a pair of sockets instead of the virtio-serial port.</summary>
public sealed class TransportTests : IGrpcService, IDisposable
{
    private readonly List<Exception> _failures = [];
    private readonly EventLoop _loop;
    private readonly Descriptor _host;
    private readonly List<HostStream> _accepted = [];

    public TransportTests()
    {
        _loop = new EventLoop { HandlerFailed = _failures.Add };
        (Descriptor port, _host) = Sockets.StreamPair();
        port.SetNonBlocking();
        _host.SetNonBlocking();
        _ = new HostSession(_loop, port, this, outlivesHosts: true);
    }

    public void Dispose()
    {
        _host.Dispose();
        Assert.Empty(_failures);
    }

    void IGrpcService.Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending) => throw new NotSupportedException();

    IHttp2StreamHandler? IGrpcService.Open(string method, Http2Stream stream) => method == "/fails"
        ? throw new InvalidOperationException("as an agent with a fault")
        : new HostStream(stream, (_, opened) => _accepted.Add(opened));

    IDisposable IGrpcService.After(TimeSpan time, Action expired) => throw new NotSupportedException();

    [Fact]
    public void A_tunnel_carries_more_than_every_buffer_both_ways_and_each_half_close()
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        (Descriptor near, Descriptor far) = Sockets.StreamPair();
        near.SetNonBlocking();
        far.SetNonBlocking();
        _ = new SocketTunnel(_loop, near, stream);
        byte[] sent = Pattern(3_000_000);
        var echoed = new MemoryStream();

        peer.Send(id, sent, ends: true);
        var echo = new Echo(far, echoed);
        RunUntil(() => peer.RemoteClosed(id), peer, echo.Step);

        Assert.Equal(sent, peer.Received(id));
        Assert.Equal(sent, echoed.ToArray());
    }

    [Fact]
    public void A_new_host_on_the_same_port_gets_a_session_of_its_own_and_the_old_streams_are_lost()
    {
        (_, _, HostStream old) = Open();
        var handler = new Recorder();
        old.Handler = handler;

        (HostPeer second, uint id, HostStream fresh) = Open();
        fresh.Handler = new Recorder();
        fresh.Accept();
        fresh.Send("hello"u8);
        RunUntil(() => second.Received(id).Length == 5, second);

        Assert.True(handler.IsLost);
        old.Send("into the void"u8);
        Assert.Equal("hello"u8.ToArray(), second.Received(id));
    }

    [Fact]
    public void An_end_that_is_read_behind_bytes_of_the_same_round_ends_nothing()
    {
        // For an empty message, a socket of messages reports an end of file. The port does the same for a host that its own work has not
        // noted yet.
        (Descriptor port, Descriptor host) = Sockets.MessagePair();
        port.SetNonBlocking();
        host.SetNonBlocking();
        _ = new HostSession(_loop, port, this, outlivesHosts: true);
        var peer = new HostPeer(host);
        uint id = peer.Open();
        host.Write(peer.TakeOutput());
        host.Write([]);
        _loop.RunRound();
        var handler = new Recorder();
        HostStream stream = Assert.Single(_accepted);
        stream.Handler = handler;

        peer.Send(id, "goes on"u8.ToArray());
        peer.Step();
        _loop.RunRound();
        Assert.False(handler.IsLost);
        Assert.Equal("goes on"u8.ToArray(), handler.Data.ToArray());

        // An end of file at the beginning of a round is the end of the host.
        host.Write([]);
        _loop.RunRound();
        Assert.True(handler.IsLost);
        Assert.True(stream.IsLost);
        host.Dispose();
    }

    [Fact]
    public void An_end_before_the_port_has_taken_any_byte_ends_nothing_in_any_round()
    {
        (Descriptor port, Descriptor host) = Sockets.MessagePair();
        port.SetNonBlocking();
        host.SetNonBlocking();
        while (port.Write(new byte[1024]) > 0)
        {
            // The port takes nothing, as for a host that the kernel has not noted.
        }

        _ = new HostSession(_loop, port, this, outlivesHosts: true);
        var peer = new HostPeer(host);
        peer.Open();
        host.Write(peer.TakeOutput());
        _loop.RunRound();
        var handler = new Recorder();
        Assert.Single(_accepted).Handler = handler;
        for (int round = 0; round < 3; round++)
        {
            host.Write([]);
            _loop.RunRound();
            Assert.False(handler.IsLost);
        }

        byte[] taken = new byte[64 * 1024];
        while (host.Read(taken) > 0)
        {
            // The kernel has noted the host, and the port takes what waited.
        }

        _loop.RunRound();
        host.Write([]);
        _loop.RunRound();
        Assert.True(handler.IsLost);
        host.Dispose();
    }

    [Fact]
    public void A_fault_of_the_agent_ends_the_connection_and_the_host_is_told()
    {
        (HostPeer peer, _, HostStream stream) = Open();
        var handler = new Recorder();
        stream.Handler = handler;
        peer.Begin("/fails");
        RunUntil(() => peer.GoAway is not null, peer);
        Assert.Equal(Http2Error.InternalError, peer.GoAway);
        Assert.True(handler.IsLost);

        (HostPeer next, uint id, HostStream fresh) = Open();
        fresh.Accept();
        RunUntil(() => next.IsOpened(id), next);
    }

    [Fact]
    public void A_stream_that_the_host_has_reset_is_known_to_be_lost()
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        Assert.False(stream.IsLost);
        var handler = new Recorder();
        stream.Handler = handler;
        peer.Reset(id);
        RunUntil(() => handler.IsLost, peer);
        Assert.True(stream.IsLost);
    }

    [Fact]
    public void A_child_that_writes_without_end_after_its_output_is_over_leaves_the_loop_time()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        (HostPeer peer, uint id, HostStream stream) = Open();
        output.TryAttach(stream);
        output.EndWhenDrained();
        RunUntil(() => peer.RemoteClosed(id), peer);

        using var stop = new CancellationTokenSource();
        var flood = new Thread(() =>
        {
            var bytes = new byte[64 * 1024];
            while (!stop.IsCancellationRequested)
                writer.Write(bytes);
        });
        flood.Start();
        int rounds = 0;
        RunUntil(() => rounds++ > 200, peer);
        stop.Cancel();
        RunUntil(() => !flood.IsAlive, peer);
        writer.Dispose();
    }

    [Fact]
    public void A_handler_that_fails_keeps_nobody_from_their_turn()
    {
        var failures = new List<Exception>();
        var loop = new EventLoop { HandlerFailed = failures.Add };
        var done = new List<string>();
        loop.Post(() => throw new InvalidOperationException("posted"));
        loop.Post(() => done.Add("posted"));
        loop.Again(() => throw new InvalidOperationException("again"));
        loop.Again(() => done.Add("again"));
        loop.StartTimer(0, () => throw new InvalidOperationException("timer"));
        loop.StartTimer(0, () => done.Add("timer"));
        loop.RoundEnded = () => done.Add("end");
        loop.RunRound();

        Assert.Equal(["again", "end", "posted", "timer"], done.Order());
        Assert.Equal(["again", "posted", "timer"], failures.Select(failure => failure.Message).Order());
    }

    [Fact]
    public void Output_waits_in_its_pipe_until_a_host_attaches_and_ends_with_the_pipe()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        writer.Write("early"u8);
        (HostPeer peer, uint id, HostStream stream) = Open();

        Assert.False(output.IsEnded);
        Assert.True(output.TryAttach(stream));
        writer.Dispose();
        RunUntil(() => peer.RemoteClosed(id), peer);

        Assert.True(output.IsEnded);
        Assert.Equal("early"u8.ToArray(), Opened(peer, id));
    }

    [Fact]
    public void Output_that_a_child_left_behind_holds_open_ends_when_it_is_drained()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        writer.Write("last words"u8);
        (HostPeer peer, uint id, HostStream stream) = Open();
        output.TryAttach(stream);

        output.EndWhenDrained();
        RunUntil(() => peer.RemoteClosed(id), peer);

        Assert.Equal("last words"u8.ToArray(), Opened(peer, id));
        Assert.True(writer.Write("dropped, without a broken pipe"u8) > 0);
        writer.Dispose();
    }

    [Fact]
    public void Output_that_is_detached_ends_for_one_host_and_goes_on_for_the_next()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        (HostPeer peer, uint id, HostStream stream) = Open();
        output.TryAttach(stream);
        writer.Write("before, "u8);

        output.Detach();
        writer.Write("after"u8);
        RunUntil(() => peer.RemoteClosed(id), peer);
        Assert.Equal("before, "u8.ToArray(), Opened(peer, id));
        Assert.False(output.IsEnded);

        (uint next, HostStream other) = OpenAnother(peer);
        Assert.True(output.TryAttach(other));
        writer.Dispose();
        RunUntil(() => peer.RemoteClosed(next), peer);
        Assert.Equal("after"u8.ToArray(), Opened(peer, next));
    }

    [Fact]
    public void Output_is_not_read_from_its_pipe_for_a_host_without_room_for_it_and_its_end_needs_no_room()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        (HostPeer peer, uint id, HostStream stream) = Open();

        // The answer to the opening takes some of the room that is left, and the bytes of the process the rest.
        const int Room = 17;
        int filling = 0;
        for (; stream.SendWindow is > Room and int window; filling += window - Room)
            stream.Send(new byte[window - Room]);
        RunUntil(() => stream.SendWindow is > 0 and <= Room, peer: null, () => peer.Step(consumes: false));
        byte[] written = "more than ten bytes"u8.ToArray();
        writer.Write(written);
        output.TryAttach(stream);

        output.Detach();
        RunUntil(() => peer.RemoteClosed(id), peer: null, () => peer.Step(consumes: false));

        (uint next, HostStream other) = OpenAnother(peer);
        output.TryAttach(other);
        writer.Dispose();
        RunUntil(() => peer.RemoteClosed(next), peer);
        byte[] taken = Opened(peer, id)[filling..], left = Opened(peer, next);
        Assert.InRange(taken.Length, 1, 10);
        Assert.Equal<byte[]>(written, [.. taken, .. left]);
    }

    [Fact]
    public void The_end_of_output_can_be_read_more_than_once()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        (HostPeer peer, uint id, HostStream stream) = Open();
        output.TryAttach(stream);
        writer.Dispose();
        RunUntil(() => peer.RemoteClosed(id), peer);

        (uint next, HostStream other) = OpenAnother(peer);
        Assert.True(output.TryAttach(other));
        RunUntil(() => peer.RemoteClosed(next), peer);
        Assert.Empty(Opened(peer, next));
    }

    [Fact]
    public void A_second_host_cannot_attach_beside_the_first()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        (HostPeer peer, _, HostStream first) = Open();
        (_, HostStream second) = OpenAnother(peer);

        Assert.True(output.TryAttach(first));
        Assert.False(output.TryAttach(second));
        writer.Dispose();
    }

    [Fact]
    public void Input_reaches_the_process_and_its_end_closes_the_pipe()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();
        byte[] sent = Pattern(500_000);
        var read = new MemoryStream();
        reader.SetNonBlocking();

        Assert.True(input.TryAttach(stream));
        peer.Send(id, sent, ends: true);
        RunUntil(() => Drain(reader, read) == 0, peer);

        Assert.Equal(sent, read.ToArray());
        Assert.False(input.TryAttach(stream));
        reader.Dispose();
    }

    [Fact]
    public void Input_of_a_process_that_ends_at_once_is_answered_and_ends_without_a_reset()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();

        Assert.True(input.TryAttach(stream));
        reader.Dispose();
        input.Close();
        RunUntil(() => peer.RemoteClosed(id), peer);
        Assert.False(peer.IsReset(id));
        Assert.Empty(Opened(peer, id));

        (uint late, HostStream lateStream) = OpenAnother(peer);
        Assert.True(input.TryAttach(lateStream));
        RunUntil(() => peer.RemoteClosed(late), peer);
        Assert.False(peer.IsReset(late));
        Assert.Empty(Opened(peer, late));
    }

    [Fact]
    public void What_a_lost_host_has_sent_still_reaches_the_process_before_the_input_of_the_next()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        reader.SetNonBlocking();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();
        input.TryAttach(stream);
        byte[] first = Pattern(200_000), second = Pattern(300_000);
        peer.Send(id, first);
        RunUntil(() => peer.IsSent(id), peer);
        peer.Reset(id);
        RunUntil(() => stream.IsLost, peer);

        (uint next, HostStream other) = OpenAnother(peer);
        Assert.True(input.TryAttach(other));
        peer.Send(next, second, ends: true);
        var read = new MemoryStream();
        RunUntil(() => Drain(reader, read) == 0, peer);
        Assert.Equal<byte[]>([.. first, .. second], read.ToArray());
    }

    [Fact]
    public void What_many_lost_hosts_have_sent_to_a_process_that_does_not_read_is_bounded()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        reader.SetNonBlocking();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();
        for (int host = 0; host < 10; host++)
        {
            Assert.True(input.TryAttach(stream));
            peer.Send(id, Pattern(200_000));
            RunUntil(() => peer.IsSent(id), peer);
            peer.Reset(id);
            RunUntil(() => stream.IsLost, peer);
            (id, stream) = OpenAnother(peer);
        }

        input.TryAttach(stream);
        peer.Send(id, [], ends: true);
        var read = new MemoryStream();
        RunUntil(() => Drain(reader, read) == 0, peer);
        Assert.InRange(read.Length, 1, 400_000);
    }

    [Fact]
    public void What_is_sent_to_a_process_that_reads_no_more_is_refused()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();
        input.TryAttach(stream);
        reader.Dispose();
        input.Close();

        peer.Send(id, "this is not read"u8.ToArray());
        RunUntil(() => peer.IsReset(id), peer);
    }

    [Fact]
    public void What_was_sent_and_not_read_when_the_process_ends_is_refused()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();
        input.TryAttach(stream);
        peer.Send(id, Pattern(200_000));
        RunUntil(() => writer.Write("x"u8) == -Errno.EAGAIN, peer);

        input.Close();
        RunUntil(() => peer.IsReset(id), peer);
        reader.Dispose();
    }

    [Fact]
    public void A_connection_of_its_own_ends_with_its_host_even_behind_bytes_and_is_closed()
    {
        (Descriptor near, Descriptor far) = Sockets.StreamPair();
        near.SetNonBlocking();
        _ = new HostSession(_loop, near, this, outlivesHosts: false);
        var peer = new HostPeer(far);
        peer.Open();
        far.Write(peer.TakeOutput());
        far.Dispose();
        RunUntil(() => near.IsClosed, peer: null);
        Assert.True(Assert.Single(_accepted).IsLost);
    }

    [Fact]
    public void A_host_that_breaks_the_protocol_loses_its_calls_and_the_next_one_is_served()
    {
        (HostPeer first, _, HostStream stream) = Open();
        var handler = new Recorder();
        stream.Handler = handler;
        _host.Write(new byte[100]);
        RunUntil(() => handler.IsLost, peer: null);
        _ = first;

        (HostPeer second, uint id, HostStream fresh) = Open();
        fresh.Accept();
        RunUntil(() => second.IsOpened(id), second);
    }

    [Fact]
    public void A_stream_may_send_before_it_is_answered()
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        var handler = new Recorder();
        stream.Handler = handler;
        peer.Send(id, "impatient"u8.ToArray());
        RunUntil(() => handler.Data.Length == 9, peer);
        Assert.False(peer.IsOpened(id));
    }

    [Fact]
    public void A_stream_that_is_refused_ends_with_the_reason()
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        stream.Refuse(Grpc.Core.StatusCode.NotFound, "there is none");
        RunUntil(() => peer.RemoteClosed(id), peer);
        Assert.Equal("5", peer.Status(id));
        Assert.True(stream.IsLost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_ends_of_a_stream_end_its_call_whichever_comes_first(bool hostFirst)
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        stream.Handler = new Recorder();
        stream.Accept();
        if (hostFirst)
            peer.Send(id, [], ends: true);
        else
            stream.CloseWrites();
        RunUntil(() => hostFirst ? ((Recorder)stream.Handler).IsEnded : peer.RemoteClosed(id), peer);
        Assert.Null(peer.Status(id));

        if (hostFirst)
            stream.CloseWrites();
        else
            peer.Send(id, [], ends: true);
        RunUntil(() => peer.Status(id) is not null, peer);
        Assert.Equal("0", peer.Status(id));
        Assert.True(stream.IsLost);
    }

    private (HostPeer Peer, uint Id, HostStream Stream) Open()
    {
        var peer = new HostPeer(_host);
        int before = _accepted.Count;
        uint id = peer.Open();
        RunUntil(() => _accepted.Count > before, peer);
        return (peer, id, _accepted[^1]);
    }

    private (uint Id, HostStream Stream) OpenAnother(HostPeer peer)
    {
        int before = _accepted.Count;
        uint id = peer.Open();
        RunUntil(() => _accepted.Count > before, peer);
        return (id, _accepted[^1]);
    }

    // The timer limits the wait of the loop, which would otherwise sleep until an event occurs.
    private void RunUntil(Func<bool> condition, HostPeer? peer, Action? step = null)
    {
        while (!condition())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            peer?.Step();
            step?.Invoke();
            _loop.StartTimer(0, static () => { });
            _loop.RunRound();
        }
    }

    private static int Drain(Descriptor source, MemoryStream target)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = source.Read(buffer)) > 0)
            target.Write(buffer, 0, count);
        return count;
    }

    private static byte[] Opened(HostPeer peer, uint id)
    {
        Assert.True(peer.IsOpened(id));
        return peer.Received(id);
    }

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private sealed class Recorder : IHostStreamHandler
    {
        public bool IsLost { get; private set; }

        public bool IsEnded { get; private set; }

        public MemoryStream Data { get; } = new();

        public void Received(ReadOnlySpan<byte> data) => Data.Write(data);

        public void RemoteClosed() => IsEnded = true;

        public void Lost() => IsLost = true;

        public void SendWindowOpened()
        {
        }
    }

    /// <summary>Sends back everything that it reads, including the end.</summary>
    private sealed class Echo(Descriptor socket, MemoryStream seen)
    {
        private readonly OutputBuffer _waiting = new();
        private bool _ended;
        private bool _closed;

        public void Step()
        {
            var buffer = new byte[64 * 1024];
            while (!_ended && _waiting.Length < 256 * 1024 && socket.Read(buffer) is var count and not -Errno.EAGAIN)
            {
                Assert.True(count >= 0);
                _ended = count == 0;
                seen.Write(buffer, 0, count);
                _waiting.Append(buffer.AsSpan(0, count));
            }

            while (_waiting.Length > 0 && socket.Write(_waiting.Written.Span) is > 0 and int written)
                _waiting.Release(written);
            if (!_ended || _waiting.Length > 0 || _closed)
                return;
            _closed = true;
            Sockets.ShutdownWrites(socket);
        }
    }
}
