using System.Net;
using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Network;

/// <summary>
/// Guest-side listeners for host ports. Each accepted client is passed to the host over a stream that the host opened in advance.
/// </summary>
internal sealed class HostPorts(EventLoop loop)
{
    private readonly Dictionary<HostPort, HostPortListener> _listeners = [];

    /// <summary>Starts a permanent listener: a restored machine has its listeners, and the clients that wait in them.</summary>
    public HostPortListener Listen(HostPort port)
    {
        if (_listeners.TryGetValue(port, out HostPortListener? listener))
            return listener;
        if (port.Port is 0 or > ushort.MaxValue)
            throw new GrpcException(StatusCode.InvalidArgument, $"{port.Port} is not a port");
        if (!IPAddress.TryParse(port.Address, out IPAddress? address))
            throw new GrpcException(StatusCode.InvalidArgument, $"\"{port.Address}\" is not an IP address");

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        listener = new HostPortListener(loop, Sockets.Listen(bytes[..length], (ushort)port.Port));
        _listeners.Add(port.Clone(), listener);
        return listener;
    }

    /// <summary>Gives the stream the port's next client.</summary>
    public void Accept(AcceptStream request, HostStream stream)
    {
        if (request.Port is null)
            throw new GrpcException(StatusCode.InvalidArgument, "the request names no port");
        Listen(request.Port).Accept(stream);
    }
}
