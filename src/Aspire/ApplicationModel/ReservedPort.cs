using System.Net;
using System.Net.Sockets;

namespace Islet.Aspire.ApplicationModel;

/// <summary>
/// A port of 127.0.0.1 that is announced before a process listens there. Until it is released no other program gets it as a free port.
/// </summary>
internal sealed class ReservedPort
{
    // Bound, but not listening: connections are refused.
    private Socket? _socket;

    private ReservedPort(int number, Socket? socket)
    {
        Number = number;
        _socket = socket;
    }

    public int Number { get; }

    /// <summary>Reserves a port that is free now.</summary>
    public static ReservedPort TakeFree()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new ReservedPort(((IPEndPoint)socket.LocalEndPoint!).Port, socket);
    }

    /// <summary>Returns a port that the user has chosen; whether it is free shows when a process listens on it.</summary>
    public static ReservedPort Chosen(int number) => new(number, null);

    /// <summary>Releases the port right before it is listened on.</summary>
    public void Release() => Interlocked.Exchange(ref _socket, null)?.Dispose();
}
