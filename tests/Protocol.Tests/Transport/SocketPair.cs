using System.Net.Sockets;

namespace Islet.Protocol.Tests.Transport;

/// <summary>The two ends of a unix socket, as between host and virtual machine monitor.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket host, Socket guest)
    {
        HostSocket = host;
        Guest = guest;
        Host = new NetworkStream(host, ownsSocket: true);
    }

    public Socket HostSocket { get; }

    public NetworkStream Host { get; }

    public Socket Guest { get; }

    public static SocketPair Create()
    {
        string path = Path.Combine(Path.GetTempPath(), $"islet-protocol-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var host = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        host.Connect(new UnixDomainSocketEndPoint(path));
        Socket guest = listener.Accept();
        File.Delete(path);
        return new SocketPair(host, guest);
    }

    public void Dispose()
    {
        Host.Dispose();
        Guest.Dispose();
    }
}
