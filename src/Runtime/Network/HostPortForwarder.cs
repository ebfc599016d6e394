using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Islet.Networking;

/// <summary>One port of the host that processes in a guest may connect to.</summary>
/// <param name="Accept">Returns a stream to the next client in the guest. Throws when the guest is gone.</param>
/// <param name="HostPort">The port on the host's loopback.</param>
internal sealed record HostPortForward(Func<CancellationToken, Task<GuestStream>> Accept, int HostPort);

/// <summary>
/// Lets clients in a guest reach ports of the host's loopback: the opposite direction of a <see cref="PortForwarder"/>. Only those ports
/// can be reached, because the guest names none: it only reports the clients that have connected to each port.
/// </summary>
internal sealed class HostPortForwarder : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<ForwardedConnection> _clients = [];
    private Task _accepting = Task.CompletedTask;
    private bool _isDisposed;

    private HostPortForwarder(ILogger logger) => _logger = logger;

    /// <summary>Accepts clients from now on, until the guest is gone.</summary>
    public static HostPortForwarder Start(IEnumerable<HostPortForward> ports, ILogger logger)
    {
        var forwarder = new HostPortForwarder(logger);
        forwarder._accepting = Task.WhenAll(ports.Select(forwarder.AcceptAsync));
        return forwarder;
    }

    /// <summary>Stops accepting clients, and resets the connected ones.</summary>
    public async ValueTask DisposeAsync()
    {
        ForwardedConnection[] clients;
        lock (_lock)
        {
            if (_isDisposed)
                return;

            _isDisposed = true;
            clients = [.. _clients];
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (ForwardedConnection client in clients)
            client.Abort();
        await _accepting.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(HostPortForward port)
    {
        try
        {
            while (true)
            {
                GuestStream client = await port.Accept(_stopping.Token).ConfigureAwait(false);
                _ = Task.Run(() => ForwardAsync(client, port.HostPort), CancellationToken.None);
            }
        }
        catch (Exception exception)
        {
            // The usual cause is that the guest is gone; then it has no clients either.
            if (!_stopping.IsCancellationRequested)
                _logger.NoFurtherClients(exception, port.HostPort);
        }
    }

    private async Task ForwardAsync(GuestStream client, int hostPort)
    {
        await using (client.ConfigureAwait(false))
        {
            if (await TryConnectAsync(hostPort).ConfigureAwait(false) is { } server)
                await ForwardAsync(client, server).ConfigureAwait(false);
            else
                client.Abort();
        }
    }

    private async Task ForwardAsync(GuestStream client, Socket server)
    {
        var connection = new ForwardedConnection(server, new LinkConditions(), _logger);
        bool isLate;
        lock (_lock)
        {
            isLate = _isDisposed;
            _clients.Add(connection);
        }

        if (isLate)
        {
            connection.Abort();
            client.Abort();
        }

        await connection.RunAsync(_ => ValueTask.FromResult(client)).ConfigureAwait(false);
        lock (_lock)
            _clients.Remove(connection);
    }

    // Connects as a program on the host that connects to "localhost" would.
    private async Task<Socket?> TryConnectAsync(int hostPort)
    {
        foreach (IPAddress address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            Socket? server = null;
            try
            {
                server = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await server.ConnectAsync(new IPEndPoint(address, hostPort), _stopping.Token).ConfigureAwait(false);
                return server;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                server?.Dispose();
                _logger.NothingAccepts(exception, address, hostPort);
            }
        }

        return null;
    }
}
