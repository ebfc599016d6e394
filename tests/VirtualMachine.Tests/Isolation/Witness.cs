using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>A TCP and a UDP server on one port of one address of the host, which record everything that reaches them.</summary>
internal sealed class Witness : IDisposable
{
    private readonly TcpListener _listener;
    private readonly UdpClient _datagrams;
    private readonly ConcurrentQueue<string> _seen = [];

    private Witness(TcpListener listener, UdpClient datagrams)
    {
        _listener = listener;
        _datagrams = datagrams;
        _ = AcceptAsync();
        _ = ReceiveAsync();
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The address.</summary>
    public IPAddress Address => ((IPEndPoint)_listener.LocalEndpoint).Address;

    /// <summary>The text of each datagram, and "a connection" for each connection.</summary>
    public IReadOnlyList<string> Seen => [.. _seen];

    /// <summary>Listens on an address of the host.</summary>
    public static Witness On(IPAddress address)
    {
        // A port that is free for TCP need not be free for UDP.
        for (int attempt = 0; ; attempt++)
        {
            var listener = new TcpListener(address, 0);
            listener.Start();
            try
            {
                return new Witness(listener, new UdpClient(new IPEndPoint(address, ((IPEndPoint)listener.LocalEndpoint).Port)));
            }
            catch (SocketException) when (attempt < 20)
            {
                listener.Dispose();
            }
        }
    }

    /// <summary>
    /// Clears the record, sends to both servers like any program of the host until they have received it, and clears the record again.
    /// </summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        _seen.Clear();
        using var client = new TcpClient();
        await client.ConnectAsync(Address, Port, cancellationToken);
        using var sender = new UdpClient();
        await sender.SendAsync("check"u8.ToArray(), new IPEndPoint(Address, Port), cancellationToken);
        while (!_seen.Contains("check") || !_seen.Contains("a connection"))
            await Task.Delay(10, cancellationToken);
        _seen.Clear();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _datagrams.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using Socket client = await _listener.AcceptSocketAsync();
                _seen.Enqueue("a connection");
                await client.SendAsync("answered"u8.ToArray());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
                _seen.Enqueue(Encoding.ASCII.GetString((await _datagrams.ReceiveAsync()).Buffer).TrimEnd('\0'));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }
}
