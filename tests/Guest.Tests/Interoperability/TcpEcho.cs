using System.Net;
using System.Net.Sockets;

namespace Islet.Guest.Tests.Interoperability;

/// <summary>A TCP server on the loopback interface that sends everything back.</summary>
internal sealed class TcpEcho : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public TcpEcho()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = EchoAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server was disposed.
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        try
        {
            using (client)
                await client.GetStream().CopyToAsync(client.GetStream());
        }
        catch (IOException)
        {
            // The client has reset the connection.
        }
    }
}
