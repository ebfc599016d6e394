using System.Net;
using System.Net.Sockets;

namespace Islet.Tests.Networking;

/// <summary>
/// Plays the server inside the guest: a connection that a forwarder dials arrives at <see cref="AcceptAsync"/> as a socket.
/// </summary>
internal sealed class LoopbackGuest : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public LoopbackGuest()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public EndPoint EndPoint => _listener.LocalEndPoint!;

    public async ValueTask<GuestStream> DialAsync(CancellationToken cancellationToken) =>
        new SocketGuestStream(await ForwardedClient.ConnectAsync(EndPoint, cancellationToken));

    public async Task<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        Socket server = await _listener.AcceptAsync(cancellationToken);
        server.NoDelay = true;
        return server;
    }

    /// <summary>Echoes every connection until its client ends it. Completes when all have ended after the guest was disposed.</summary>
    public async Task EchoAsync(CancellationToken cancellationToken)
    {
        List<Task> connections = [];
        try
        {
            while (true)
                connections.Add(EchoAsync(await AcceptAsync(cancellationToken), cancellationToken));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }

        await Task.WhenAll(connections);
    }

    private static async Task EchoAsync(Socket server, CancellationToken cancellationToken)
    {
        using (server)
        {
            byte[] buffer = new byte[256 * 1024];
            try
            {
                while (await server.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) is > 0 and int read)
                    await server.SendAsync(buffer.AsMemory(0, read), SocketFlags.None, cancellationToken);
                server.Shutdown(SocketShutdown.Send);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}
