using System.Net;
using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using NetworkKind = Islet.Protocol.Agent.DialStream.Types.Network;

namespace Islet.Guest.Network;

/// <summary>Connects the host's streams to addresses in the container's network.</summary>
internal sealed class Dialer(EventLoop loop, Container container)
{
    public void Dial(DialStream request, HostStream stream)
    {
        switch (request.Network)
        {
            case NetworkKind.Tcp:
                DialTcp(request, stream);
                break;
            case NetworkKind.Udp:
                DialUdp(request, stream);
                break;
            case NetworkKind.Unix:
                DialUnix(request.Address, stream);
                break;
            default:
                throw new GrpcException(StatusCode.InvalidArgument, $"there is no network {(int)request.Network}");
        }
    }

    /// <summary>Begins to connect over TCP, to the container's own address when none is given.</summary>
    public Descriptor Connect(string address, uint port, bool datagrams, out int result)
    {
        if (port is 0 or > ushort.MaxValue)
            throw new GrpcException(StatusCode.InvalidArgument, $"{port} is not a port");
        string target = address.Length == 0 ? container.Address : address;
        if (!IPAddress.TryParse(target, out IPAddress? parsed))
            throw new GrpcException(StatusCode.InvalidArgument, $"\"{target}\" is not an IP address");
        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out int length);
        return Sockets.Connect(datagrams, bytes[..length], (ushort)port, out result);
    }

    private void DialTcp(DialStream request, HostStream stream)
    {
        Descriptor socket = Connect(request.Address, request.Port, datagrams: false, out int result);
        Open(socket, result, stream, Name(request));
    }

    private void DialUdp(DialStream request, HostStream stream)
    {
        Descriptor socket = Connect(request.Address, request.Port, datagrams: true, out int result);
        if (result < 0)
        {
            socket.Dispose();
            throw new LinuxException(-result, $"dial {Name(request)}");
        }

        _ = new DatagramTunnel(loop, socket, stream);
        stream.Accept();
    }

    private void DialUnix(string path, HostStream stream)
    {
        // The path is resolved in the container. The kernel gets the resulting file by its descriptor, whose path is short too.
        using Descriptor file = container.Root.Open(StandardMounts.Absolute(path), OpenFlags.PathOnly);
        Descriptor socket = Sockets.ConnectUnix($"/proc/self/fd/{file.Number}", out int result);
        Open(socket, result, stream, path);
    }

    private string Name(DialStream request)
    {
        string address = request.Address.Length == 0 ? container.Address : request.Address;
        return address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{request.Port}" : $"{address}:{request.Port}";
    }

    private void Open(Descriptor socket, int result, HostStream stream, string name)
    {
        if (result == 0)
        {
            _ = new SocketTunnel(loop, socket, stream);
            stream.Accept();
        }
        else if (result == -Errno.EINPROGRESS)
        {
            _ = new SocketTunnel(loop, socket, stream, error => Answer(error, stream, name));
        }
        else
        {
            socket.Dispose();
            Answer(-result, stream, name);
        }
    }

    // EAGAIN means a unix socket whose backlog is full.
    private static StatusCode CodeOf(int error) => error == Errno.EAGAIN ? StatusCode.Unavailable : ErrorCodes.Of(error);

    private static void Answer(int error, HostStream stream, string name)
    {
        if (error == 0)
            stream.Accept();
        else
            stream.Refuse(CodeOf(error), $"dial {name}: {LinuxException.Describe(error)}");
    }
}
