using System.Net;
using System.Net.Sockets;

namespace Islet.Aspire.Network;

/// <summary>
/// A port of 127.0.0.1 that others are told before anybody listens there. Until it is released no other program gets it as a free one.
/// </summary>
internal sealed class ReservedPort
{
    // Bound, but not listening: who connects is refused.
    private Socket? _socket;

    private ReservedPort(int number, Socket? socket)
    {
        Number = number;
        _socket = socket;
    }

    public int Number { get; }

    /// <summary>A port that is free now.</summary>
    public static ReservedPort TakeFree()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new ReservedPort(((IPEndPoint)socket.LocalEndPoint!).Port, socket);
    }

    /// <summary>A port that was chosen; whether it is free shows when it is listened on.</summary>
    public static ReservedPort Chosen(int number) => new(number, null);

    /// <summary>Somebody is about to listen.</summary>
    public void Release() => Interlocked.Exchange(ref _socket, null)?.Dispose();
}
