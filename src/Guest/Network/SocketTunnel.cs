using Islet.Guest.Linux;
using Islet.Guest.Transport;

namespace Islet.Guest.Network;

/// <summary>Connects a stream of the host to a stream socket inside: bytes and half closes pass in both directions.</summary>
internal sealed class SocketTunnel : IReadinessHandler, IHostStreamHandler
{
    private readonly EventLoop _loop;
    private readonly Descriptor _socket;
    private readonly HostStream _stream;
    private readonly Action<int>? _connected;
    private readonly ByteQueue _waiting;
    private bool _isConnecting;
    private bool _hostClosed;
    private bool _socketClosed;

    /// <param name="loop">The agent's loop.</param>
    /// <param name="socket">The connected or connecting socket, which the tunnel owns.</param>
    /// <param name="stream">The host's stream.</param>
    /// <param name="connected">
    /// For a socket that is still connecting: receives 0 or the error number, and answers the host. Null: the socket is connected.
    /// </param>
    public SocketTunnel(EventLoop loop, Descriptor socket, HostStream stream, Action<int>? connected = null)
    {
        _loop = loop;
        _socket = socket;
        _stream = stream;
        _connected = connected;
        _waiting = new ByteQueue(loop.Blocks);
        _isConnecting = connected is not null;
        stream.Handler = this;
        loop.Add(socket, Epoll.Readable | Epoll.Writable | Epoll.PeerClosed, this);
    }

    public void OnReady(uint events)
    {
        if (_isConnecting && !CompleteConnect(events))
            return;
        WriteWaiting();
        Pump();
    }

    public void Received(ReadOnlySpan<byte> data)
    {
        if (_socket.IsClosed)
            return;
        int written = 0;
        if (_waiting.IsEmpty && !_isConnecting)
        {
            int count = _socket.Write(data);
            if (count < 0 && count != -Errno.EAGAIN)
            {
                Abort();
                return;
            }

            written = Math.Max(0, count);
            _stream.Consume(written);
        }

        if (!_waiting.TryAppend(data[written..]))
            Abort();
    }

    public void RemoteClosed()
    {
        _hostClosed = true;
        PassOnHostsEnd();
    }

    public void Lost()
    {
        if (_socket.IsClosed)
            return;
        Sockets.ResetOnClose(_socket);
        Close();
    }

    public void SendWindowOpened() => Pump();

    private bool CompleteConnect(uint events)
    {
        if ((events & (Epoll.Writable | Epoll.Error | Epoll.HangUp)) == 0)
            return false;
        _isConnecting = false;
        int error = Sockets.TakeError(_socket);
        if (error != 0)
            Close();
        _connected!(error);
        return error == 0;
    }

    private void Pump()
    {
        while (!_isConnecting && !_socketClosed && !_socket.IsClosed && _stream.SendWindow is > 0 and int window)
        {
            byte[] buffer = _loop.Buffer;
            int count = _socket.Read(buffer.AsSpan(0, Math.Min(window, buffer.Length)));
            if (count == -Errno.EAGAIN)
                return;
            if (count < 0)
            {
                Abort();
                return;
            }

            if (count == 0)
            {
                _socketClosed = true;
                _stream.CloseWrites();
                CloseWhenDone();
                return;
            }

            _stream.Send(buffer.AsSpan(0, count));
        }
    }

    private void WriteWaiting()
    {
        while (!_waiting.IsEmpty && !_socket.IsClosed)
        {
            int count = _socket.Write(_waiting.Bytes);
            if (count == -Errno.EAGAIN)
                return;
            if (count < 0)
            {
                Abort();
                return;
            }

            _waiting.Release(count);
            _stream.Consume(count);
        }

        PassOnHostsEnd();
    }

    private void PassOnHostsEnd()
    {
        if (!_hostClosed || _isConnecting || !_waiting.IsEmpty || _socket.IsClosed)
            return;
        Sockets.ShutdownWrites(_socket);
        CloseWhenDone();
    }

    private void CloseWhenDone()
    {
        if (_hostClosed && _socketClosed && _waiting.IsEmpty)
            Close();
    }

    private void Abort()
    {
        Close();
        _stream.Reset();
    }

    private void Close()
    {
        _loop.RemoveAndClose(_socket);
        _waiting.Clear();
    }
}
