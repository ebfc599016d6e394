using System.Net.Sockets;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Transport;

/// <summary>A guest that sends everything back, synchronously on its own thread, like the agent.</summary>
internal sealed class EchoPeer : IYamuxEvents
{
    private readonly Socket _socket;
    private readonly YamuxConnection _connection;
    private readonly Dictionary<uint, EchoStream> _streams = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EchoPeer(Socket socket, YamuxOptions options)
    {
        _socket = socket;
        _connection = new YamuxConnection(isClient: false, this, options);
    }

    /// <summary>Completes when the connection ends, successfully if the peer has closed it.</summary>
    public Task Ended => _ended.Task;

    public uint? GoAwayCode { get; private set; }

    public static EchoPeer Start(Socket socket, YamuxOptions? options = null)
    {
        var peer = new EchoPeer(socket, options ?? YamuxOptions.Default);
        new Thread(peer.Run) { IsBackground = true, Name = "echo peer" }.Start();
        return peer;
    }

    private void Run()
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (_socket.Receive(buffer) is > 0 and int count)
            {
                _connection.Receive(buffer.AsSpan(0, count));
                while (_connection.PendingOutput > 0)
                    _connection.AdvanceOutput(_socket.Send(_connection.Output.Span));
            }

            _ended.SetResult();
        }
        catch (Exception error)
        {
            _ended.SetException(error);
        }
    }

    public void StreamOpened(uint id) => _streams[id] = new EchoStream();

    public void DataReceived(uint id, ReadOnlySpan<byte> data)
    {
        _streams[id].Waiting.Write(data);
        Advance(id);
    }

    public void RemoteClosed(uint id)
    {
        _streams[id].IsFinished = true;
        Advance(id);
    }

    public void StreamReset(uint id) => _streams.Remove(id);

    public void SendWindowOpened(uint id) => Advance(id);

    public void PongReceived(uint value)
    {
    }

    public void GoAwayReceived(uint code) => GoAwayCode = code;

    private void Advance(uint id)
    {
        EchoStream stream = _streams[id];
        int sent = _connection.Send(id, stream.Waiting.GetBuffer().AsSpan(stream.Sent, (int)stream.Waiting.Length - stream.Sent));
        _connection.Consume(id, sent);
        stream.Sent += sent;
        if (stream.Sent < stream.Waiting.Length)
            return;

        stream.Waiting.SetLength(0);
        stream.Sent = 0;
        if (stream.IsFinished)
            _connection.CloseWrites(id);
    }

    private sealed class EchoStream
    {
        public MemoryStream Waiting { get; } = new();

        public int Sent { get; set; }

        public bool IsFinished { get; set; }
    }
}
