using Islet.Guest.Linux;
using Islet.Guest.Transport;

namespace Islet.Guest.Network;

/// <summary>The clients of one port, and the host's streams that wait for them, matched in the order of their arrival.</summary>
internal sealed class HostPortListener : IReadinessHandler
{
    private readonly EventLoop _loop;
    private readonly Descriptor _socket;
    private readonly List<HostStream> _waiting = [];

    /// <param name="loop">The agent's loop.</param>
    /// <param name="socket">The listening socket, which the listener owns.</param>
    public HostPortListener(EventLoop loop, Descriptor socket)
    {
        _loop = loop;
        _socket = socket;
        loop.Add(socket, Epoll.Readable, this);
    }

    public void Accept(HostStream stream)
    {
        stream.Handler = new Waiting(this, stream);
        _waiting.Add(stream);
        OnReady(0);
    }

    public void OnReady(uint events)
    {
        // A client without a waiting stream stays in the kernel's queue.
        while (_waiting.Count > 0 && Sockets.TryAccept(_socket) is { } client)
        {
            HostStream stream = _waiting[0];
            _waiting.RemoveAt(0);
            _ = new SocketTunnel(_loop, client, stream);
            stream.Accept();
        }
    }

    /// <summary>A stream that has no client yet.</summary>
    private sealed class Waiting(HostPortListener listener, HostStream stream) : IHostStreamHandler
    {
        // Without a client the host must not send.
        public void Received(ReadOnlySpan<byte> data) => GiveUp();

        public void RemoteClosed() => GiveUp();

        public void Lost() => listener._waiting.Remove(stream);

        public void SendWindowOpened()
        {
        }

        private void GiveUp()
        {
            listener._waiting.Remove(stream);
            stream.Reset();
        }
    }
}
