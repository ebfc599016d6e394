using System.Net.Sockets;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Interoperability;

/// <summary>
/// The part of an agent that the wire protocol needs, built from the same parts as the real one: yamux, ttrpc and raw streams, for one
/// connection on a unix socket. One lock replaces the agent's single thread.
/// </summary>
internal sealed class InProcessAgent : IYamuxEvents, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Socket _listener;
    private readonly YamuxConnection _connection;
    private readonly Dictionary<uint, AgentStream> _streams = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _socket;

    public InProcessAgent()
    {
        SocketPath = Path.Combine(Path.GetTempPath(), $"islet-agent-{Guid.NewGuid():N}");
        Service = new InProcessService(Post);
        _connection = new YamuxConnection(isClient: false, this, YamuxOptions.Default);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(1);
        new Thread(Serve) { IsBackground = true, Name = "in-process agent" }.Start();
    }

    public string SocketPath { get; }

    public InProcessService Service { get; }

    /// <summary>Completes when the host has closed the connection; fails when the host has violated the protocol.</summary>
    public Task Ended => _ended.Task;

    public void Dispose()
    {
        _listener.Dispose();
        _socket?.Dispose();
        File.Delete(SocketPath);
    }

    /// <summary>Runs an action under the lock, from any thread, and sends the resulting output.</summary>
    public void Post(Action action)
    {
        lock (_lock)
        {
            action();
            while (_connection.PendingOutput > 0)
                _connection.AdvanceOutput(SendToHost(_connection.Output.Span));
        }
    }

    private int SendToHost(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _socket!.Send(bytes);
        }
        catch (SocketException)
        {
            // The host has gone in the meantime, and takes no more bytes; Serve sees the end.
            return bytes.Length;
        }
    }

    private void Serve()
    {
        try
        {
            _socket = _listener.Accept();
            byte[] buffer = new byte[32 * 1024];
            while (_socket.Receive(buffer) is > 0 and int count)
                Post(() => _connection.Receive(buffer.AsSpan(0, count)));
            _ended.SetResult();
        }
        catch (SocketException)
        {
            // The host closed the connection without reading everything.
            _ended.SetResult();
        }
        catch (Exception error)
        {
            _ended.SetException(error);
        }
    }

    public void StreamOpened(uint id) => _streams.Add(id, new AgentStream(this, id));

    public void DataReceived(uint id, ReadOnlySpan<byte> data) => _streams[id].Receive(data);

    public void RemoteClosed(uint id) => _streams[id].ReceiveEnd();

    public void SendWindowOpened(uint id) => _streams[id].Flush();

    public void StreamReset(uint id)
    {
        if (_streams.Remove(id, out AgentStream? stream))
            stream.Close();
    }

    public void PongReceived(uint value)
    {
    }

    public void GoAwayReceived(uint code)
    {
    }

    /// <summary>One stream: finds out its kind, then passes its bytes to the handler of that kind.</summary>
    internal sealed class AgentStream(InProcessAgent agent, uint id)
    {
        private readonly OutputBuffer _head = new();
        private readonly OutputBuffer _outgoing = new();
        private TtrpcServerConnection? _ttrpc;
        private NetworkStream? _dialled;
        private bool _isOpen;
        private bool _endsAfterOutgoing;

        public void Receive(ReadOnlySpan<byte> data)
        {
            if (_ttrpc is not null)
                _ttrpc.Receive(data);
            else if (_isOpen)
                _dialled?.Write(data);
            else
                ReceiveHead(data);
            agent._connection.Consume(id, data.Length);
        }

        public void ReceiveEnd()
        {
            if (_dialled is not null)
                _dialled.Socket.Shutdown(SocketShutdown.Send);
            else if (_ttrpc is not null)
                End();
        }

        public void Send(ReadOnlySpan<byte> data)
        {
            _outgoing.Append(data);
            Flush();
        }

        public void End()
        {
            _endsAfterOutgoing = true;
            Flush();
        }

        public void Flush()
        {
            _outgoing.Release(agent._connection.Send(id, _outgoing.Written.Span));
            if (_outgoing.Length == 0 && _endsAfterOutgoing)
                agent._connection.CloseWrites(id);
        }

        public void Close()
        {
            _ttrpc?.Close();
            _dialled?.Dispose();
        }

        private void ReceiveHead(ReadOnlySpan<byte> data)
        {
            _head.Append(data);
            ReadOnlySpan<byte> head = _head.Written.Span;
            if (RawStreams.KindOf(head[0]) == StreamKind.Ttrpc)
            {
                _ttrpc = new TtrpcServerConnection(agent.Service, SendOutput);
                _ttrpc.Receive(head);
            }
            else if (RawStreams.TryReadRequest(head, out OpenStreamRequest request, out int consumed))
            {
                Open(request);
                _isOpen = true;
                _dialled?.Write(head[consumed..]);
            }
        }

        private void SendOutput(TtrpcServerConnection ttrpc)
        {
            Send(ttrpc.Output.Span);
            ttrpc.AdvanceOutput(ttrpc.PendingOutput);
        }

        private void Open(OpenStreamRequest request)
        {
            switch (request.KindCase)
            {
                case OpenStreamRequest.KindOneofCase.Dial:
                    Dial(request.Dial);
                    break;
                case OpenStreamRequest.KindOneofCase.Stdio:
                    Answer(StatusCode.Ok, "");
                    agent.Service.ReadOutput(request.Stdio.ProcessId, this);
                    break;
                default:
                    Answer(StatusCode.Unimplemented, $"{request.KindCase} is not served here");
                    End();
                    break;
            }
        }

        private void Dial(DialStream dial)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(dial.Address, (int)dial.Port);
            }
            catch (SocketException error)
            {
                Answer(StatusCode.Unavailable, error.Message);
                End();
                return;
            }

            Answer(StatusCode.Ok, "");
            _dialled = new NetworkStream(socket, ownsSocket: true);
            new Thread(ReadDialled) { IsBackground = true, Name = "dialled" }.Start();
        }

        private void ReadDialled()
        {
            byte[] buffer = new byte[16 * 1024];
            try
            {
                while (_dialled!.Read(buffer) is > 0 and int count)
                    agent.Post(() => Send(buffer.AsSpan(0, count)));
                agent.Post(End);
            }
            catch (IOException)
            {
                // The stream was reset, which closed the socket.
            }
        }

        private void Answer(StatusCode code, string message)
        {
            RawStreams.WriteResponse(_outgoing, code, message);
            Flush();
        }
    }
}
