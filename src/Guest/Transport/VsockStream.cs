using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>One vsock connection from the host, with the two windows that yamux has and a socket lacks.</summary>
internal sealed class VsockStream : HostStream, IReadinessHandler
{
    private const int Window = 256 * 1024;

    private readonly EventLoop _loop;
    private readonly Descriptor _socket;
    private readonly ByteQueue _output = new();
    private readonly byte[] _received = new byte[32 * 1024];
    private int _unconsumed;
    private bool _isReading;
    private bool _remoteClosed;
    private bool _localClosed;

    public VsockStream(EventLoop loop, Descriptor socket)
    {
        _loop = loop;
        _socket = socket;
        loop.Add(socket, Epoll.Readable | Epoll.Writable | Epoll.PeerClosed, this);
    }

    public override bool IsLost => _socket.IsClosed;

    public override int SendWindow => _socket.IsClosed || _localClosed ? 0 : Math.Max(0, Window - _output.Length);

    public override void Send(ReadOnlySpan<byte> data)
    {
        if (_socket.IsClosed)
            return;
        _output.Append(data);
        Flush();
    }

    public override void CloseWrites()
    {
        _localClosed = true;
        Flush();
    }

    public override void Reset() => _loop.RemoveAndClose(_socket);

    public override void Consume(int count)
    {
        _unconsumed -= count;
        Receive();
    }

    public void OnReady(uint events)
    {
        int waiting = _output.Length;
        Flush();
        if (waiting > 0 && _output.Length < waiting && !_localClosed)
            Handler.SendWindowOpened();
        Receive();
    }

    private void Receive()
    {
        // Handlers call Consume from within Received, and that calls this method again.
        if (_isReading)
            return;
        _isReading = true;
        while (!_socket.IsClosed && !_remoteClosed && _unconsumed < Window)
        {
            int count = _socket.Read(_received);
            if (count == -Errno.EAGAIN)
                break;
            if (count > 0)
            {
                _unconsumed += count;
                Handler.Received(_received.AsSpan(0, count));
            }
            else if (count == 0)
            {
                _remoteClosed = true;
                Handler.RemoteClosed();
            }
            else
            {
                Lose();
            }
        }

        _isReading = false;
        CloseWhenDone();
    }

    private void Flush()
    {
        while (!_socket.IsClosed && !_output.IsEmpty)
        {
            int written = _socket.Write(_output.Bytes);
            if (written == -Errno.EAGAIN)
                return;
            if (written < 0)
            {
                Lose();
                return;
            }

            _output.Release(written);
        }

        if (_localClosed && !_socket.IsClosed)
            Sockets.ShutdownWrites(_socket);
        CloseWhenDone();
    }

    private void CloseWhenDone()
    {
        if (_remoteClosed && _localClosed && _output.IsEmpty)
            _loop.RemoveAndClose(_socket);
    }

    private void Lose()
    {
        _loop.RemoveAndClose(_socket);
        Handler.Lost();
    }
}
