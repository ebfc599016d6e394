using Islet.Guest.Linux;
using Islet.Guest.Transport;
using Islet.Protocol.Yamux;

namespace Islet.Guest.Tests;

/// <summary>The host's side of a port, which a test advances step by step.</summary>
internal sealed class HostPeer : IYamuxEvents
{
    private readonly Descriptor _socket;
    private readonly Dictionary<uint, MemoryStream> _received = [];
    private readonly Dictionary<uint, ByteQueue> _queued = [];
    private readonly HashSet<uint> _closed = [];
    private readonly HashSet<uint> _reset = [];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private bool _consumes;

    public HostPeer(Descriptor socket)
    {
        _socket = socket;
        Connection = new YamuxConnection(isClient: true, this, YamuxOptions.Default);
    }

    public YamuxConnection Connection { get; }

    /// <summary>Whether the agent has ended its side, even by a reset.</summary>
    public bool RemoteClosed(uint id) => _closed.Contains(id) || _reset.Contains(id);

    public bool IsReset(uint id) => _reset.Contains(id);

    public byte[] Received(uint id) => _received.TryGetValue(id, out MemoryStream? bytes) ? bytes.ToArray() : [];

    /// <summary>Sends the bytes as the windows allow, then closes its direction.</summary>
    public void Queue(uint id, byte[] bytes)
    {
        _queued[id] = new ByteQueue();
        _queued[id].Append(bytes);
    }

    /// <summary>Sends and receives as much as possible now.</summary>
    /// <param name="consumes">Whether the peer gives the agent more room for the bytes it has received.</param>
    public void Step(bool consumes = true)
    {
        _consumes = consumes;
        foreach ((uint id, ByteQueue queue) in _queued)
        {
            queue.Release(Connection.Send(id, queue.Bytes));
            if (queue.IsEmpty)
                Connection.CloseWrites(id);
        }

        foreach ((uint id, ByteQueue queue) in _queued.ToArray())
        {
            if (queue.IsEmpty)
                _queued.Remove(id);
        }

        while (Connection.PendingOutput > 0 && _socket.Write(Connection.Output.Span) is > 0 and int written)
            Connection.AdvanceOutput(written);
        while (_socket.Read(_buffer) is > 0 and int count)
            Connection.Receive(_buffer.AsSpan(0, count));
    }

    void IYamuxEvents.StreamOpened(uint id) => throw new InvalidOperationException("The agent opens no streams.");

    void IYamuxEvents.DataReceived(uint id, ReadOnlySpan<byte> data)
    {
        if (!_received.TryGetValue(id, out MemoryStream? bytes))
            _received[id] = bytes = new MemoryStream();
        bytes.Write(data);
        if (_consumes)
            Connection.Consume(id, data.Length);
    }

    void IYamuxEvents.RemoteClosed(uint id) => _closed.Add(id);

    void IYamuxEvents.StreamReset(uint id) => _reset.Add(id);

    void IYamuxEvents.SendWindowOpened(uint id)
    {
    }

    void IYamuxEvents.PongReceived(uint value)
    {
    }

    void IYamuxEvents.GoAwayReceived(uint code)
    {
    }
}
