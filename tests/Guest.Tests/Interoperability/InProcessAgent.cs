using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Guest.Tests.Interoperability;

/// <summary>
/// The agent's own session and tunnels on a unix socket of this machine, with a service of a few methods behind them that uses real
/// processes.
/// </summary>
internal sealed class InProcessAgent : IGrpcService, IDisposable
{
    private readonly EventLoop _loop;
    private readonly Socket _listener;
    private readonly Dictionary<string, RunningProcess> _processes = [];
    private readonly List<Exception> _failures = [];
    private readonly Thread _thread;
    private volatile bool _isEnding;

    public InProcessAgent()
    {
        SocketPath = Path.Combine(Path.GetTempPath(), $"islet-agent-{Guid.NewGuid():N}");
        _loop = new EventLoop { HandlerFailed = _failures.Add };
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(16);
        _ = AcceptAsync();
        _thread = new Thread(Run) { IsBackground = true, Name = "in-process agent" };
        _thread.Start();
    }

    public string SocketPath { get; }

    /// <summary>Completes when a WaitPort call was given up by its caller.</summary>
    public TaskCompletionSource WaitGivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Serves a host on a socket, as an agent serves a virtio-serial port: another host may follow on the same one.</summary>
    public void Serve(Descriptor port)
    {
        port.SetNonBlocking();
        _loop.Post(() => _ = new HostSession(_loop, port, this, outlivesHosts: true));
    }

    public void Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending)
    {
        switch (method[AgentMethods.Prefix.Length..])
        {
            case "GetInfo":
                pending.Reply(new GetInfoResponse { AgentVersion = "in-process", KernelRelease = "none", Machine = "none" });
                break;
            case "CreateProcess":
                pending.Reply(new CreateProcessResponse { Pid = Start(CreateProcessRequest.Parser.ParseFrom(message).Process) });
                break;
            case "WaitProcess":
                Find(WaitProcessRequest.Parser.ParseFrom(message).Id).WhenEnded(process => pending.Reply(process.Exit));
                break;
            case "WaitPort":
                pending.Cancelled = () => WaitGivenUp.TrySetResult();
                break;
            default:
                throw new GrpcException(StatusCode.Unimplemented, $"there is no method {method}");
        }
    }

    public IHttp2StreamHandler? Open(string method, Http2Stream stream) =>
        method == AgentMethods.OpenStream ? new HostStream(stream, OpenStream) : null;

    public IDisposable After(TimeSpan time, Action expired) => _loop.StartTimer((int)time.TotalMilliseconds, expired);

    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(SocketPath);
        _isEnding = true;
        _loop.Post(() => { });
        _thread.Join();
        Assert.Empty(_failures);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using Socket accepted = await _listener.AcceptAsync();
                Descriptor connection = new Descriptor((int)accepted.Handle).Duplicate();
                connection.SetNonBlocking();
                _loop.Post(() => _ = new HostSession(_loop, connection, this, outlivesHosts: false));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The agent was disposed.
        }
    }

    private void Run()
    {
        while (!_isEnding)
            _loop.RunRound();
    }

    private RunningProcess Find(string id) =>
        _processes.TryGetValue(id, out RunningProcess? process) ? process
            : throw new GrpcException(StatusCode.NotFound, $"there is no process {id}");

    private void OpenStream(OpenStreamRequest request, HostStream stream)
    {
        try
        {
            if (request.Dial is { } dial)
                Dial(dial, stream);
            else if (request.Stdio is { } stdio)
                Find(stdio.ProcessId).WhenEnded(process => SendOutput(process, stream));
            else
                stream.Refuse(StatusCode.Unimplemented, $"{request.KindCase} is not served here");
        }
        catch (GrpcException exception)
        {
            stream.Refuse(exception.Code, exception.Message);
        }
    }

    private static void SendOutput(RunningProcess process, HostStream stream)
    {
        stream.Accept();
        stream.Send(process.Output);
        stream.CloseWrites();
    }

    private void Dial(DialStream dial, HostStream stream)
    {
        Descriptor socket = Sockets.Connect(datagrams: false, IPAddress.Parse(dial.Address).GetAddressBytes(), (ushort)dial.Port, out _);
        _ = new SocketTunnel(_loop, socket, stream, error =>
        {
            if (error == 0)
                stream.Accept();
            else
                stream.Refuse(StatusCode.Unavailable, LinuxException.Describe(error));
        });
    }

    private int Start(ProcessSpec spec)
    {
        Process started = Process.Start(new ProcessStartInfo(spec.Arguments[0], spec.Arguments.Skip(1)) { RedirectStandardOutput = true })!;
        var process = new RunningProcess();
        _processes.Add(spec.Id, process);
        int pid = started.Id;
        _ = Task.Run(async () =>
        {
            using (started)
            {
                string output = await started.StandardOutput.ReadToEndAsync();
                await started.WaitForExitAsync();
                var exit = new Protocol.Agent.ProcessExit { Id = spec.Id, ExitCode = started.ExitCode };
                _loop.Post(() => process.End(Encoding.UTF8.GetBytes(output), exit));
            }
        });
        return pid;
    }

    private sealed class RunningProcess
    {
        private readonly List<Action<RunningProcess>> _waiting = [];

        public byte[] Output { get; private set; } = [];

        public Protocol.Agent.ProcessExit Exit { get; private set; } = new();

        private bool HasEnded { get; set; }

        public void WhenEnded(Action<RunningProcess> action)
        {
            if (HasEnded)
                action(this);
            else
                _waiting.Add(action);
        }

        public void End(byte[] output, Protocol.Agent.ProcessExit exit)
        {
            (Output, Exit, HasEnded) = (output, exit, true);
            foreach (Action<RunningProcess> action in _waiting)
                action(this);
        }
    }
}
