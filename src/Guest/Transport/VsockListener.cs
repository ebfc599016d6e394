using Islet.Guest.Linux;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Transport;

/// <summary>Accepts the host's connections over vsock: Apple's framework reaches the agent this way.</summary>
internal sealed class VsockListener : IReadinessHandler
{
    public const uint Port = 1024;
    private const uint HostContextId = 2;

    // Processes of the container may try to connect without end.
    private const int MaxAcceptsAtOnce = 64;

    private readonly EventLoop _loop;
    private readonly Descriptor _socket;
    private readonly IGrpcService _service;

    private VsockListener(EventLoop loop, Descriptor socket, IGrpcService service)
    {
        _loop = loop;
        _socket = socket;
        _service = service;
        loop.Add(socket, Epoll.Readable, this);
    }

    /// <summary>
    /// Listens where the machine has vsock, and does nothing elsewhere: the kernel permits listening even without a device.
    /// </summary>
    public static VsockListener? TryListen(EventLoop loop, IGrpcService service) =>
        VirtioDevices.Has(VirtioDevices.Vsock, "/sys") && Sockets.TryListenVsock(Port) is { } socket
            ? new VsockListener(loop, socket, service) : null;

    public void OnReady(uint events)
    {
        for (int i = 0; i < MaxAcceptsAtOnce; i++)
        {
            if (Sockets.TryAcceptVsock(_socket, out uint contextId) is not { } connection)
                return;

            // A process of the container can open vsock sockets too; its context id is the guest's.
            if (contextId == HostContextId)
                _ = new HostSession(_loop, connection, _service, outlivesHosts: false);
            else
                connection.Dispose();
        }

        _loop.Again(() => OnReady(0));
    }
}
