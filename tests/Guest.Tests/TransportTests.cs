using System.Buffers;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Yamux;

namespace Islet.Guest.Tests;

/// <summary>The agent's side of its streams, on a pair of sockets instead of the virtio-serial port.</summary>
public sealed class TransportTests : IDisposable
{
    private readonly List<Exception> _failures = [];
    private readonly EventLoop _loop;
    private readonly Descriptor _host;
    private readonly YamuxSession _session;
    private readonly List<HostStream> _accepted = [];

    public TransportTests()
    {
        _loop = new EventLoop { HandlerFailed = _failures.Add };
        (Descriptor port, _host) = Sockets.StreamPair();
        port.SetNonBlocking();
        _host.SetNonBlocking();
        _session = new YamuxSession(_loop, port, new Acceptor(_accepted));
        _loop.RoundEnded = _session.Flush;
    }

    public void Dispose()
    {
        _host.Dispose();
        Assert.Empty(_failures);
    }

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

        peer.Queue(id, sent);
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
        var accepted = new List<HostStream>();
        var session = new YamuxSession(_loop, port, new Acceptor(accepted));
        var peer = new HostPeer(host);
        uint id = peer.Connection.OpenStream();
        host.Write(peer.Connection.Output.Span);
        host.Write([]);
        _loop.RunRound();
        var handler = new Recorder();
        Assert.Single(accepted).Handler = handler;

        peer.Connection.AdvanceOutput(peer.Connection.PendingOutput);
        peer.Connection.Send(id, "goes on"u8);
        host.Write(peer.Connection.Output.Span);
        _loop.RunRound();
        Assert.False(handler.IsLost);
        Assert.Equal("goes on"u8.ToArray(), handler.Data.ToArray());

        // An end of file at the beginning of a round is the end of the host.
        host.Write([]);
        _loop.RunRound();
        Assert.True(handler.IsLost);
        Assert.True(accepted[0].IsLost);
        host.Dispose();
    }

    [Fact]
    public void A_stream_that_the_host_has_reset_is_known_to_be_lost()
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        Assert.False(stream.IsLost);
        var handler = new Recorder();
        stream.Handler = handler;
        peer.Connection.Reset(id);
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
        Assert.Equal("early"u8.ToArray(), AfterHead(peer.Received(id)));
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

        Assert.Equal("last words"u8.ToArray(), AfterHead(peer.Received(id)));
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
        Assert.Equal("before, "u8.ToArray(), AfterHead(peer.Received(id)));
        Assert.False(output.IsEnded);

        (uint next, HostStream other) = OpenAnother(peer);
        Assert.True(output.TryAttach(other));
        writer.Dispose();
        RunUntil(() => peer.RemoteClosed(next), peer);
        Assert.Equal("after"u8.ToArray(), AfterHead(peer.Received(next)));
    }

    [Fact]
    public void Output_is_not_read_from_its_pipe_for_a_host_without_room_for_it_and_its_end_needs_no_room()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var output = new OutputChannel(_loop, reader);
        (HostPeer peer, uint id, HostStream stream) = Open();
        byte[] filling = Pattern(stream.SendWindow - 10);
        stream.Send(filling);
        RunUntil(() => peer.Received(id).Length == filling.Length, peer: null, () => peer.Step(consumes: false));
        byte[] written = "more than ten bytes"u8.ToArray();
        writer.Write(written);
        output.TryAttach(stream);

        output.Detach();
        RunUntil(() => peer.RemoteClosed(id), peer);

        (uint next, HostStream other) = OpenAnother(peer);
        output.TryAttach(other);
        writer.Dispose();
        RunUntil(() => peer.RemoteClosed(next), peer);
        byte[] taken = AfterHead(peer.Received(id)[filling.Length..]), left = AfterHead(peer.Received(next));
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
        Assert.Empty(AfterHead(peer.Received(next)));
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
        peer.Queue(id, sent);
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
        Assert.Empty(AfterHead(peer.Received(id)));

        (uint late, HostStream lateStream) = OpenAnother(peer);
        Assert.True(input.TryAttach(lateStream));
        RunUntil(() => peer.RemoteClosed(late), peer);
        Assert.False(peer.IsReset(late));
        Assert.Empty(AfterHead(peer.Received(late)));
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

        peer.Connection.Send(id, "this is not read"u8);
        RunUntil(() => peer.IsReset(id), peer);
    }

    [Fact]
    public void What_was_sent_and_not_read_when_the_process_ends_is_refused()
    {
        (Descriptor reader, Descriptor writer) = Descriptor.Pipe();
        var input = new InputChannel(_loop, writer);
        (HostPeer peer, uint id, HostStream stream) = Open();
        input.TryAttach(stream);
        peer.Connection.Send(id, Pattern(200_000));
        RunUntil(() => writer.Write("x"u8) == -Errno.EAGAIN, peer);

        input.Close();
        RunUntil(() => peer.IsReset(id), peer);
        reader.Dispose();
    }

    [Fact]
    public void A_vsock_stream_passes_bytes_both_ways_and_each_half_close()
    {
        (Descriptor near, Descriptor far) = Sockets.StreamPair();
        near.SetNonBlocking();
        far.SetNonBlocking();
        var stream = new VsockStream(_loop, near);
        (Descriptor tunnelNear, Descriptor tunnelFar) = Sockets.StreamPair();
        tunnelNear.SetNonBlocking();
        tunnelFar.SetNonBlocking();
        _ = new SocketTunnel(_loop, tunnelNear, stream);
        byte[] sent = Pattern(2_000_000);
        var echo = new Echo(tunnelFar, new MemoryStream());
        var host = new HalfClosingWriter(far, sent);
        var received = new MemoryStream();

        int last = -Errno.EAGAIN;
        RunUntil(() => last == 0, null, () =>
        {
            host.Step();
            echo.Step();
            last = Drain(far, received);
        });

        Assert.Equal(sent, received.ToArray());
        far.Dispose();
    }

    [Fact]
    public void A_raw_stream_may_send_before_it_is_answered()
    {
        (HostPeer peer, uint id, HostStream stream) = Open();
        var handler = new Recorder();
        OpenStreamRequest? opened = null;
        stream.Handler = new StreamOpening(stream, null!, (request, raw) =>
        {
            opened = request;
            raw.Handler = handler;
        });
        var head = new ArrayBufferWriter<byte>();
        RawStreams.WriteRequest(head, new OpenStreamRequest { Dial = new DialStream { Port = 5432 } });

        peer.Queue(id, [.. head.WrittenSpan, .. "impatient"u8]);
        RunUntil(() => handler.Data.Length == 9, peer);

        Assert.Equal(5432u, opened!.Dial.Port);
    }

    private (HostPeer Peer, uint Id, HostStream Stream) Open()
    {
        var peer = new HostPeer(_host);
        int before = _accepted.Count;
        uint id = peer.Connection.OpenStream();
        RunUntil(() => _accepted.Count > before, peer);
        return (peer, id, _accepted[^1]);
    }

    private (uint Id, HostStream Stream) OpenAnother(HostPeer peer)
    {
        int before = _accepted.Count;
        uint id = peer.Connection.OpenStream();
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

    private static byte[] AfterHead(byte[] received)
    {
        Assert.True(RawStreams.TryReadResponse(received, out OpenStreamResponse response, out int consumed));
        Assert.Equal(0u, response.Code);
        return received[consumed..];
    }

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private sealed class Acceptor(List<HostStream> accepted) : IStreamAcceptor
    {
        public void Accept(HostStream stream) => accepted.Add(stream);
    }

    private sealed class Recorder : IHostStreamHandler
    {
        public bool IsLost { get; private set; }

        public MemoryStream Data { get; } = new();

        public void Received(ReadOnlySpan<byte> data) => Data.Write(data);

        public void RemoteClosed()
        {
        }

        public void Lost() => IsLost = true;

        public void SendWindowOpened()
        {
        }
    }

    /// <summary>Writes everything, then closes its direction.</summary>
    private sealed class HalfClosingWriter(Descriptor target, byte[] bytes)
    {
        private int _written;
        private bool _closed;

        public void Step()
        {
            while (_written < bytes.Length && target.Write(bytes.AsSpan(_written)) is > 0 and int count)
                _written += count;
            if (_written < bytes.Length || _closed)
                return;
            _closed = true;
            Sockets.ShutdownWrites(target);
        }
    }

    /// <summary>Sends back everything that it reads, including the end.</summary>
    private sealed class Echo(Descriptor socket, MemoryStream seen)
    {
        private readonly ByteQueue _waiting = new();
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

            while (!_waiting.IsEmpty && socket.Write(_waiting.Bytes) is > 0 and int written)
                _waiting.Release(written);
            if (!_ended || !_waiting.IsEmpty || _closed)
                return;
            _closed = true;
            Sockets.ShutdownWrites(socket);
        }
    }
}
