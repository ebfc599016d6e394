using System.Net.Sockets;
using System.Security.Cryptography;
using Grpc.Core;
using Islet.Agent;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Http2;

namespace Islet.Guest.Tests.Interoperability;

/// <summary>The whole stack from end to end: the host's client and channel, the agent's session, and a real socket.</summary>
public sealed class HostAndAgentTests : IDisposable
{
    private readonly InProcessAgent _agent = new();

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    public void Dispose() => _agent.Dispose();

    [Fact]
    public async Task Calls_and_streams_work_together()
    {
        await using GuestChannel channel = await ConnectAsync();
        var agent = new AgentClient(channel);
        Assert.Equal("in-process", (await agent.GetInfoAsync(TestEnd)).AgentVersion);
        await agent.CreateProcessAsync(new ProcessSpec { Id = "p", Arguments = { "/bin/echo", "hello" } }, TestEnd);
        Task<Protocol.Agent.ProcessExit> exit = agent.WaitProcessAsync("p", TestEnd);
        await using GuestStream stdout = await agent.OpenStdioAsync("p", StdioStream.Types.Channel.Stdout, TestEnd);
        Assert.Equal("hello\n", await new StreamReader(stdout, leaveOpen: true).ReadToEndAsync(TestEnd));
        Assert.Equal(0, (await exit).ExitCode);
    }

    [Fact]
    public async Task Errors_of_the_agent_arrive_with_their_code()
    {
        await using GuestChannel channel = await ConnectAsync();
        var agent = new AgentClient(channel);
        AgentException[] errors =
        [
            await Assert.ThrowsAsync<AgentException>(() => agent.QuiesceAsync(TestEnd)),
            await Assert.ThrowsAsync<AgentException>(() => agent.WaitProcessAsync("none", TestEnd)),
            await Assert.ThrowsAsync<AgentException>(() => agent.ReadTarAsync("/", false, TestEnd)),
        ];
        Assert.Equal([StatusCode.Unimplemented, StatusCode.NotFound, StatusCode.Unimplemented], errors.Select(error => error.Code));
        Assert.Equal("there is no process none", errors[1].Message);
    }

    [Fact]
    public async Task A_tunnel_carries_more_than_every_window_both_ways_and_each_half_close()
    {
        using var echo = new TcpEcho();
        await using GuestChannel channel = await ConnectAsync();
        var agent = new AgentClient(channel);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async seed =>
        {
            byte[] sent = new byte[seed == 0 ? 20_000_000 : seed * 1000];
            new Random(seed).NextBytes(sent);
            await using GuestStream tunnel = await OpenAsync(agent, echo.Port);
            Task writing = Task.Run(async () =>
            {
                await tunnel.WriteAsync(sent, TestEnd);
                await tunnel.CompleteWritesAsync(TestEnd);
                await tunnel.CompleteWritesAsync(TestEnd);
            });
            var received = new MemoryStream();
            await tunnel.CopyToAsync(received, TestEnd);
            await writing;
            Assert.True(sent.AsSpan().SequenceEqual(received.GetBuffer().AsSpan(0, (int)received.Length)), $"tunnel {seed} differs");
            Assert.Equal(0, await tunnel.ReadAsync(new byte[1], TestEnd));
        }));
    }

    [Fact]
    public async Task A_stream_that_is_disposed_of_behind_its_end_has_ended_and_was_not_reset()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        await using GuestChannel channel = await ConnectAsync();
        var agent = new AgentClient(channel);
        for (int i = 0; i < 50; i++)
        {
            Task<TcpClient> accepting = listener.AcceptTcpClientAsync(TestEnd).AsTask();
            GuestStream tunnel = await OpenAsync(agent, ((System.Net.IPEndPoint)listener.LocalEndpoint).Port);
            using TcpClient client = await accepting;
            await tunnel.WriteAsync("last words"u8.ToArray(), TestEnd);

            // Callers with a synchronization context, such as a test's, continue later than others.
            SynchronizationContext? context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new LateContext());
            Task ending = EndAsync(tunnel);
            SynchronizationContext.SetSynchronizationContext(context);
            await ending;
            Assert.Equal("last words", await new StreamReader(client.GetStream()).ReadToEndAsync(TestEnd));
        }

        static async Task EndAsync(GuestStream tunnel)
        {
            await tunnel.CompleteWritesAsync(TestEnd);
            await tunnel.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_read_that_is_cancelled_loses_nothing()
    {
        using var echo = new TcpEcho();
        await using GuestChannel channel = await ConnectAsync();
        await using GuestStream tunnel = await OpenAsync(new AgentClient(channel), echo.Port);
        using var cancel = new CancellationTokenSource();
        ValueTask<int> reading = tunnel.ReadAsync(new byte[10], cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);

        await tunnel.WriteAsync("still there"u8.ToArray(), TestEnd);
        byte[] received = new byte[11];
        await tunnel.ReadExactlyAsync(received, TestEnd);
        Assert.Equal("still there"u8.ToArray(), received);
    }

    [Fact]
    public async Task A_stream_that_was_ended_here_says_so()
    {
        using var echo = new TcpEcho();
        await using GuestChannel channel = await ConnectAsync();
        GuestStream aborted = await OpenAsync(new AgentClient(channel), echo.Port);
        ValueTask<int> reading = aborted.ReadAsync(new byte[1], TestEnd);
        aborted.Abort();
        Assert.Contains("aborted on this side", (await Assert.ThrowsAsync<IOException>(async () =>
            await reading)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(async () => await aborted.WriteAsync(new byte[1], TestEnd));

        GuestStream disposed = await OpenAsync(new AgentClient(channel), echo.Port);
        await disposed.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await disposed.ReadExactlyAsync(new byte[1], TestEnd));
    }

    [Fact]
    public async Task A_call_that_is_given_up_is_ended_in_the_agent()
    {
        await using GuestChannel channel = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        Task waiting = new AgentClient(channel).WaitPortAsync(1, cancel.Token);
        await new AgentClient(channel).GetInfoAsync(TestEnd);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await _agent.WaitGivenUp.Task.WaitAsync(TestEnd);
    }

    [Fact]
    public async Task The_end_of_the_channel_fails_what_waits_and_what_comes_after()
    {
        using var echo = new TcpEcho();
        GuestChannel channel = await ConnectAsync();
        var agent = new AgentClient(channel);
        GuestStream tunnel = await OpenAsync(agent, echo.Port);
        Task waiting = agent.WaitPortAsync(1, TestEnd);
        ValueTask<int> reading = tunnel.ReadAsync(new byte[1], TestEnd);
        await agent.GetInfoAsync(TestEnd);
        await channel.DisposeAsync();

        await Assert.ThrowsAsync<GuestLostException>(() => waiting);
        await Assert.ThrowsAsync<IOException>(async () => await reading);
        await Assert.ThrowsAsync<GuestLostException>(() => agent.GetInfoAsync(TestEnd));
        await Assert.ThrowsAsync<GuestLostException>(() => OpenAsync(agent, echo.Port));
        Assert.Null(await channel.Closed);
    }

    [Fact]
    public async Task A_guest_that_goes_ends_the_channel_with_the_reason_even_before_a_call()
    {
        (Socket host, Descriptor port) = Pair();
        await using var channel = new GuestChannel(new NetworkStream(host, ownsSocket: true));
        port.Dispose();
        Assert.IsType<EndOfStreamException>(await channel.Closed.WaitAsync(TestEnd));
        await Assert.ThrowsAsync<GuestLostException>(() => new AgentClient(channel).GetInfoAsync(TestEnd));
    }

    [Fact]
    public async Task A_new_host_skips_what_an_old_one_left_behind_wherever_it_was_cut()
    {
        // Bytes that an agent may still have had under way: half of a frame, answers to pings of others, and the greeting of an earlier
        // connection.
        byte[] left = [.. Http2ServerConnection.Greeting, 0, 0, 8, 6, 1, 0, 0, 0, 0, .. RandomNumberGenerator.GetBytes(8), 0, 0x40, 0, 0,
            0, 0, 0, 0, 9, .. new byte[100]];
        for (int cut = 0; cut <= left.Length; cut += 13)
        {
            (Socket host, Descriptor port) = Pair();
            port.Write(left.AsSpan(cut));
            _agent.Serve(port);
            await using var channel = new GuestChannel(new NetworkStream(host, ownsSocket: true));
            Assert.Equal("in-process", (await new AgentClient(channel).GetInfoAsync(TestEnd)).AgentVersion);
        }
    }

    [Fact]
    public async Task A_second_host_on_the_same_port_is_served_from_its_first_byte()
    {
        (Socket host, Descriptor port) = Pair();
        _agent.Serve(port);
        var shared = new NetworkStream(host, ownsSocket: true);
        for (int i = 0; i < 5; i++)
        {
            await using var channel = new GuestChannel(new Kept(shared));
            var agent = new AgentClient(channel);
            _ = agent.WaitPortAsync(1, TestEnd).ContinueWith(ended => ended.Exception, TaskScheduler.Default);
            Assert.Equal("in-process", (await agent.GetInfoAsync(TestEnd)).AgentVersion);
        }

        await shared.DisposeAsync();
    }

    [Fact]
    public async Task Noise_from_a_guest_fails_calls_and_nothing_else()
    {
        var random = new Random(1);
        for (int round = 0; round < 40; round++)
        {
            (Socket host, Descriptor port) = Pair();
            await using var channel = new GuestChannel(new NetworkStream(host, ownsSocket: true));
            Task call = new AgentClient(channel).GetInfoAsync(TestEnd);
            Synchronize(port);
            byte[] noise = new byte[random.Next(1, 5000)];
            random.NextBytes(noise);
            if (round % 2 == 0)
                noise.AsSpan(0, Math.Min(noise.Length, 3)).Clear();
            port.Write(noise);
            port.Dispose();
            await Assert.ThrowsAsync<GuestLostException>(() => call);
        }
    }

    [Fact]
    public async Task A_guest_that_asks_without_end_is_not_answered_and_takes_no_memory()
    {
        (Socket host, Descriptor port) = Pair();
        await using var channel = new GuestChannel(new NetworkStream(host, ownsSocket: true));
        Task call = new AgentClient(channel).GetInfoAsync(TestEnd);
        Synchronize(port);
        byte[] ping = [0, 0, 8, (byte)FrameType.Ping, 0, 0, 0, 0, 0, .. new byte[8]];
        byte[] settings = [0, 0, 0, (byte)FrameType.Settings, 0, 0, 0, 0, 0];
        byte[] questions = [.. Enumerable.Repeat((byte[])[.. ping, .. settings], 1000).SelectMany(bytes => bytes)];
        for (int i = 0; i < 100; i++)
            Assert.Equal(questions.Length, port.Write(questions));

        // Behind them the agent gives the connection up, so that the host has read all of them when the call fails.
        port.Write([0, 0, 8, (byte)FrameType.GoAway, 0, 0, 0, 0, 0, .. new byte[8]]);
        await Assert.ThrowsAsync<GuestLostException>(() => call);
        port.SetNonBlocking();
        var client = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (port.Read(buffer) is > 0 and int count)
            client.Write(buffer, 0, count);
        Assert.InRange(client.Length, 0, 4096);
        port.Dispose();
    }

    [Theory]
    [InlineData(FrameType.GoAway, "0000000100000002", "The agent has ended the connection: InternalError")]
    [InlineData(FrameType.GoAway, "00000001", "GoAway frame of 4 bytes")]
    [InlineData(FrameType.PushPromise, "0000000282", "PushPromise frame")]
    [InlineData(FrameType.Continuation, "82", "Continuation frame")]
    internal async Task An_agent_that_gives_up_the_connection_or_is_none_fails_the_calls_at_once(
        FrameType type, string hex, string expected)
    {
        (Socket host, Descriptor port) = Pair();
        await using var channel = new GuestChannel(new NetworkStream(host, ownsSocket: true));
        Task call = new AgentClient(channel).GetInfoAsync(TestEnd);
        Synchronize(port);
        byte[] payload = Convert.FromHexString(hex);
        byte[] header = new byte[FrameHeader.Size];
        new FrameHeader(payload.Length, type, 0, 0).Write(header);
        foreach (byte one in (byte[])[.. header, .. payload])
            port.Write([one]);

        await Assert.ThrowsAsync<GuestLostException>(() => call);
        Exception? reason = await channel.Closed.WaitAsync(TestEnd);
        Assert.Contains(expected, Assert.IsType<IOException>(reason).Message, StringComparison.Ordinal);
        port.Dispose();
    }

    [Fact]
    public void Frames_that_pass_do_so_however_they_are_cut()
    {
        var random = new Random(7);
        var all = new MemoryStream();
        var passing = new MemoryStream();
        for (int i = 0; i < 2000; i++)
        {
            var type = (FrameType)random.Next(0, 12);
            if (type is FrameType.GoAway or FrameType.Continuation or FrameType.PushPromise)
                continue;
            byte[] frame = new byte[FrameHeader.Size + random.Next(0, 40)];
            random.NextBytes(frame);
            new FrameHeader(frame.Length - FrameHeader.Size, type, 0, 1).Write(frame);
            all.Write(frame);
            if (type is FrameType.Data or FrameType.Headers or FrameType.ResetStream or FrameType.WindowUpdate)
                passing.Write(frame);
        }

        foreach (int size in (int[])[1, 2, 7, 8, 9, 10, 1000, 1_000_000])
        {
            var frames = new GuestFrames();
            var passed = new MemoryStream();
            foreach (byte[] piece in all.ToArray().Chunk(size))
            {
                byte[] buffer = new byte[GuestFrames.MaxHeld + piece.Length];
                piece.CopyTo(buffer, GuestFrames.MaxHeld);
                passed.Write(buffer, 0, frames.Filter(buffer.AsSpan(GuestFrames.MaxHeld), buffer));
            }

            Assert.Equal(passing.ToArray(), passed.ToArray());
        }
    }

    /// <summary>Reads a client's opening and answers its PING.</summary>
    private static void Synchronize(Descriptor port)
    {
        byte[] opening = new byte[Http2ServerConnection.Preface.Length + FrameHeader.Size * 2 + 8];
        for (int at = 0; at < opening.Length;)
            at += Math.Max(0, port.Read(opening.AsSpan(at)));
        port.Write([0, 0, 8, (byte)FrameType.Ping, FrameFlags.Acknowledge, 0, 0, 0, 0, .. opening[^8..]]);
    }

    private static Task<GuestStream> OpenAsync(AgentClient agent, int port) => agent.DialAsync("127.0.0.1", port, TestEnd);

    private async Task<GuestChannel> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_agent.SocketPath), TestEnd);
        return new GuestChannel(new NetworkStream(socket, ownsSocket: true));
    }

    private static (Socket Host, Descriptor Port) Pair()
    {
        (Descriptor near, Descriptor far) = Sockets.StreamPair();
        return (new Socket(new SafeSocketHandle(near.Number, ownsHandle: true)), far);
    }

    private sealed class LateContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object? state) =>
            ThreadPool.QueueUserWorkItem(_ => callback(state));
    }

    /// <summary>Passes everything on but its end: the port stays when a host goes.</summary>
    private sealed class Kept(Stream inner) : Stream
    {
        private readonly CancellationTokenSource _ended = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
            try
            {
                return await inner.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return 0;
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _ended.IsCancellationRequested ? throw new IOException("ended") : inner.WriteAsync(buffer, CancellationToken.None);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _ended.Cancel();
            base.Dispose(disposing);
        }
    }
}
