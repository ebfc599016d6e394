using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Protocol.Yamux;

namespace Islet.Guest.Transport;

/// <summary>
/// Carries the host's streams over a virtio-serial port, which has no connections. The end of file means that a host has gone; a host that
/// comes back begins a new session on the same descriptor.
/// </summary>
/// <remarks>
/// The port is watched edge-triggered: the kernel wakes its waiters when the host connects, disconnects, sends or has taken the written
/// bytes. In between, with no host connected, nothing runs.
/// </remarks>
internal sealed class YamuxSession : IReadinessHandler, IYamuxEvents
{
    // Pumps stop at the first mark and continue at the second, so that output waits in its pipe and not in memory.
    private const int CongestedAt = 256 * 1024, RelievedAt = 64 * 1024;

    private readonly Descriptor _port;
    private readonly IStreamAcceptor _acceptor;
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly List<YamuxStream> _congested = [];
    private readonly Dictionary<uint, YamuxStream> _streams = [];
    private YamuxConnection _connection;
    private bool _failed;

    public YamuxSession(EventLoop loop, Descriptor port, IStreamAcceptor acceptor)
    {
        _port = port;
        _acceptor = acceptor;
        _connection = new YamuxConnection(isClient: false, this, YamuxOptions.Default);
        loop.Add(port, Epoll.Readable | Epoll.Writable | Epoll.HangUp, this);
    }

    public YamuxConnection Connection => _connection;

    public bool IsCongested => _connection.PendingOutput >= CongestedAt;

    public void OnReady(uint events)
    {
        int count = _port.Read(_received);

        // The end of file means that no host is connected now, but only if no byte came before it in the same round. The kernel's own work
        // for the port may note a host only after that host's bytes have arrived; until then it reports an end as well. If the host really
        // is gone, the first frame of the next one tells.
        if (count == 0 || (count < 0 && count != -Errno.EAGAIN))
            End();
        for (; count > 0; count = _port.Read(_received))
            Receive(_received.AsSpan(0, count));
        Flush();
    }

    /// <summary>Writes pending bytes, as many as the port takes.</summary>
    public void Flush()
    {
        do
        {
            while (_connection.PendingOutput > 0)
            {
                int written = _port.Write(_connection.Output.Span);
                if (written <= 0)
                    return;
                _connection.AdvanceOutput(written);
            }
        }
        while (Relieve());
    }

    public void WaitForRelief(YamuxStream stream)
    {
        if (!_congested.Contains(stream))
            _congested.Add(stream);
    }

    void IYamuxEvents.StreamOpened(uint id)
    {
        var stream = new YamuxStream(this, id);
        _streams.Add(id, stream);
        _acceptor.Accept(stream);
    }

    void IYamuxEvents.DataReceived(uint id, ReadOnlySpan<byte> data) => Find(id)?.Handler.Received(data);

    void IYamuxEvents.RemoteClosed(uint id) => Find(id)?.RemoteClosed();

    void IYamuxEvents.StreamReset(uint id)
    {
        if (_streams.Remove(id, out YamuxStream? stream))
            stream.Handler.Lost();
    }

    void IYamuxEvents.SendWindowOpened(uint id) => Find(id)?.Handler.SendWindowOpened();

    void IYamuxEvents.PongReceived(uint value)
    {
    }

    void IYamuxEvents.GoAwayReceived(uint code)
    {
    }

    public void Forget(uint id) => _streams.Remove(id);

    /// <summary>Whether the stream was reset, or both sides have ended it.</summary>
    public bool IsForgotten(YamuxStream stream, uint id) => !ReferenceEquals(Find(id), stream);

    private YamuxStream? Find(uint id) => _streams.TryGetValue(id, out YamuxStream? stream) ? stream : null;

    private void Receive(ReadOnlySpan<byte> bytes)
    {
        // After a violation of the protocol the following bytes can't be understood, until the host connects again.
        if (_failed)
            return;
        try
        {
            _connection.Receive(bytes);
        }
        catch (YamuxException restart) when (restart.Error == YamuxError.PeerRestarted)
        {
            ReadOnlyMemory<byte> first = _connection.TakeUnconsumed();
            End();
            Receive(first.Span);
        }
        catch (YamuxException violation)
        {
            KernelConsole.Log($"the host broke the protocol: {violation.Message}");
            Flush();
            End();
            _failed = true;
        }
    }

    /// <summary>Ends every stream, because the host is gone. The processes live on.</summary>
    private void End()
    {
        _failed = false;
        _congested.Clear();
        _connection = new YamuxConnection(isClient: false, this, YamuxOptions.Default);
        YamuxStream[] lost = [.. _streams.Values];
        _streams.Clear();
        foreach (YamuxStream stream in lost)
            stream.Handler.Lost();
    }

    /// <summary>Continues the pumps that waited. True when that has produced more to write.</summary>
    private bool Relieve()
    {
        if (_congested.Count == 0 || _connection.PendingOutput > RelievedAt)
            return false;
        YamuxStream[] relieved = [.. _congested];
        _congested.Clear();
        foreach (YamuxStream stream in relieved)
            stream.Handler.SendWindowOpened();
        return _connection.PendingOutput > 0;
    }
}
