using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Guest.Transport;

/// <summary>
/// Serves the host's calls on a descriptor: a virtio-serial port, which has no connections, or one vsock connection. On the port, the end
/// of file means that a host has gone; a host that comes back begins a new HTTP/2 connection on the same descriptor.
/// </summary>
/// <remarks>
/// The descriptor is watched edge-triggered: the kernel wakes its waiters when the host connects, disconnects, sends or has taken the
/// written bytes. In between, with no host connected, nothing runs.
/// </remarks>
internal sealed class HostSession : IReadinessHandler
{
    private readonly EventLoop _loop;
    private readonly Descriptor _port;
    private readonly IGrpcService _service;
    private readonly bool _outlivesHosts;
    private readonly byte[] _received = new byte[64 * 1024];
    private Http2ServerConnection _connection;
    private bool _failed;
    private bool _isHeard;

    /// <param name="loop">The agent's loop.</param>
    /// <param name="port">The descriptor, which the session owns.</param>
    /// <param name="service">The service that receives the calls.</param>
    /// <param name="outlivesHosts">Whether another host may follow on the same descriptor. If not, its end closes it.</param>
    public HostSession(EventLoop loop, Descriptor port, IGrpcService service, bool outlivesHosts)
    {
        _loop = loop;
        _port = port;
        _service = service;
        _outlivesHosts = outlivesHosts;
        _connection = Begin();
        loop.RoundEnded += Flush;
        loop.Add(port, Epoll.Readable | Epoll.Writable | Epoll.HangUp, this);
    }

    public void OnReady(uint events)
    {
        int count;
        while ((count = _port.Read(_received)) > 0)
        {
            Receive(_received.AsSpan(0, count));
            if (_port.IsClosed)
                return;
        }

        // On a port, the end of file means that the kernel knows of no host. It may note a host only after that host's bytes have arrived,
        // by work of its own. It takes bytes only for a host that it has noted, so an end before that is none: if the host really is gone,
        // the first bytes of the next one tell.
        if (IsEnd(count) && (_isHeard || !_outlivesHosts))
            End();
        Flush();
    }

    /// <summary>Writes pending bytes, as many as the descriptor takes.</summary>
    public void Flush()
    {
        do
        {
            while (_connection.PendingOutput > 0 && !_port.IsClosed)
            {
                int written = _port.Write(_connection.Output.Span);
                if (written <= 0)
                    return;
                _connection.AdvanceOutput(written);
                _isHeard = true;
            }
        }
        while (_connection.Relieve());
    }

    private static bool IsEnd(int count) => count == 0 || (count < 0 && count != -Errno.EAGAIN);

    private Http2ServerConnection Begin() => new(new GrpcServer(_service));

    private void Receive(ReadOnlySpan<byte> bytes)
    {
        // After a violation of the protocol the following bytes can't be understood, until a host begins again.
        if (_failed && bytes.IndexOf(Http2ServerConnection.Preface) is var preface)
        {
            if (preface < 0)
                return;
            _failed = false;
            bytes = bytes[preface..];
        }

        try
        {
            while (!_connection.Receive(bytes))
            {
                bytes = _connection.TakeUnconsumed().Span;
                End();
            }
        }
        catch (Exception exception)
        {
            // Also where a call's own code failed: the bytes behind it are lost, and without them the next ones can't be understood.
            KernelConsole.Log(exception is Http2Exception
                ? $"the host broke the protocol: {exception.Message}"
                : $"a call failed, and the connection with it: {exception}");
            _connection.Abort();
            Flush();
            End();
            _failed = true;
        }
    }

    /// <summary>Ends every call, because the host is gone. The processes live on.</summary>
    private void End()
    {
        _failed = _isHeard = false;
        Http2ServerConnection ended = _connection;
        _connection = Begin();
        ended.Close();
        if (_outlivesHosts || _port.IsClosed)
            return;
        _loop.RoundEnded -= Flush;
        _loop.RemoveAndClose(_port);
    }
}
