using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>Accepts the host's streams as vsock connections, one each: Apple's framework reaches the agent this way.</summary>
internal sealed class VsockListener : IReadinessHandler
{
    public const uint Port = 1024;
    private const uint HostContextId = 2;

    // Processes of the container may try to connect without end.
    private const int MaxAcceptsAtOnce = 64;

    private readonly EventLoop _loop;
    private readonly Descriptor _socket;
    private readonly IStreamAcceptor _acceptor;

    private VsockListener(EventLoop loop, Descriptor socket, IStreamAcceptor acceptor)
    {
        _loop = loop;
        _socket = socket;
        _acceptor = acceptor;
        loop.Add(socket, Epoll.Readable, this);
    }

    /// <summary>
    /// Listens where the machine has vsock, and does nothing elsewhere: the kernel permits listening even without a device.
    /// </summary>
    public static VsockListener? TryListen(EventLoop loop, IStreamAcceptor acceptor) =>
        VirtioDevices.Has(VirtioDevices.Vsock, "/sys") && Sockets.TryListenVsock(Port) is { } socket ? new VsockListener(loop, socket, acceptor) : null;

    public void OnReady(uint events)
    {
        for (int i = 0; i < MaxAcceptsAtOnce; i++)
        {
            if (Sockets.TryAcceptVsock(_socket, out uint contextId) is not { } connection)
                return;

            // A process of the container can open vsock sockets too; its context id is the guest's.
            if (contextId == HostContextId)
                _acceptor.Accept(new VsockStream(_loop, connection));
            else
                connection.Dispose();
        }

        _loop.Again(() => OnReady(0));
    }
}
