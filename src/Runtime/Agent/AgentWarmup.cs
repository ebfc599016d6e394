using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Agent;

/// <summary>
/// Makes the calls of a start once, to an agent in this process, so that their code is compiled when the first machine answers. That
/// takes longer than the machine itself, and there is time for it: the image and its disk are looked up, and QEMU is spawned.
/// </summary>
internal static class AgentWarmup
{
    private static readonly Lazy<Task> s_once = new(() => Task.Run(RunAsync));

    /// <summary>Begins in the background. Only the first call has an effect.</summary>
    public static void Begin() => _ = s_once.Value;

    private static async Task RunAsync()
    {
        try
        {
            var channel = new GuestChannel(new Loopback());
            await using (channel.ConfigureAwait(false))
            {
                var agent = new AgentClient(channel);
                await agent.BootstrapAsync(Request(), CancellationToken.None).ConfigureAwait(false);
                GuestStream output = await agent.OpenStdioAsync("init", StdioStream.Types.Channel.Stdout,
                    CancellationToken.None).ConfigureAwait(false);
                await using (output.ConfigureAwait(false))
                    await output.CopyToAsync(Stream.Null).ConfigureAwait(false);
                await agent.WaitProcessAsync("init", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or AgentException)
        {
            // The first start compiles by itself then.
        }
    }

    private static BootstrapRequest Request() => new()
    {
        Entropy = ByteString.CopyFrom(new byte[64]),
        MachineId = "id",
        Network = new Protocol.Agent.Network
        {
            Hostname = "host", Links = { new Link { Name = "eth0" } }, HostPorts = { new HostPort() },
            Hosts = { new HostEntry() }
        },
        Root = new Root { Device = "/dev/vda" },
        Mounts = { new MountSpec { Options = { "ro" } } },
        Sysctls = { new Sysctl() },
        Resources = new Resources { Cpus = 1 },
        Process = new ProcessSpec { Arguments = { "program" }, Rlimits = { new Rlimit() }, Seccomp = new Seccomp() },
    };

    /// <summary>An agent without a machine: what is written to it is answered on the spot.</summary>
    private sealed class Loopback : Stream, IGrpcService
    {
        private readonly Lock _lock = new();
        private readonly SemaphoreSlim _written = new(0);
        private readonly Http2ServerConnection _server;

        public Loopback() => _server = new Http2ServerConnection(new GrpcServer(this));

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending) => pending.Reply(
            method.EndsWith("Bootstrap", StringComparison.Ordinal) ? new BootstrapResponse { Phases = { new BootPhase() } }
                : new Protocol.Agent.ProcessExit { Id = "init" });

        public IHttp2StreamHandler? Open(string method, Http2Stream stream)
        {
            if (method != AgentMethods.OpenStream)
                return null;
            stream.SendHeaders();
            stream.Write(StreamFrames.Opened, []);
            stream.Write([0, 0, 0, 0, 3, StreamFrames.DataTag, 1, (byte)'x'], []);
            stream.Write(StreamFrames.End, []);
            return IgnoringHandler.Instance;
        }

        public IDisposable? After(TimeSpan time, Action expired) => null;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                lock (_lock)
                {
                    int count = Math.Min(buffer.Length, _server.PendingOutput);
                    _server.Output[..count].CopyTo(buffer);
                    _server.AdvanceOutput(count);
                    if (count > 0)
                        return count;
                }

                await _written.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!CanContinue)
                    return 0;
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_lock)
                _server.Receive(buffer.Span);
            _written.Release();
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            CanContinue = false;
            _written.Release();
            base.Dispose(disposing);
        }

        private bool CanContinue { get; set; } = true;
    }
}
