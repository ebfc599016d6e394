using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Networking;

/// <summary>
/// Publishes one TCP port of a container on 127.0.0.1: every client that connects gets its own stream into the guest. A client that the
/// guest refuses is reset.
/// </summary>
internal sealed class PortForwarder : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<CancellationToken, ValueTask<GuestStream>> _dial;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LinkConditions _link = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ForwardedConnection, Task> _clients = [];
    private readonly Task _accepting;
    private TaskCompletionSource? _suspended;
    private Task? _disposal;

    private PortForwarder(
        Socket listener, int containerPort, Func<CancellationToken, ValueTask<GuestStream>> dial, ILogger logger)
    {
        _listener = listener;
        _dial = dial;
        _logger = logger;
        Port = new PublishedPort(containerPort, ((IPEndPoint)listener.LocalEndPoint!).Port, _link, ResetClientsAsync);
        _accepting = AcceptLoop.RunAsync(listener.AcceptAsync, ForwardAsync, logger, _stopping.Token);
    }

    /// <summary>The published port: its number in the container and on the host.</summary>
    public PublishedPort Port { get; }

    /// <summary>The number of clients that are connected now.</summary>
    public int ClientCount
    {
        get
        {
            lock (_lock)
                return _clients.Count;
        }
    }

    /// <summary>Listens on 127.0.0.1 and accepts clients from now on.</summary>
    /// <param name="containerPort">
    /// The port inside the container; only reported, because <paramref name="dial"/> knows the destination.
    /// </param>
    /// <param name="hostPort">The port on the host, or <see langword="null"/> for a free one.</param>
    /// <param name="dial">Opens a stream to the container's port. Any exception that it throws means that the client is reset.</param>
    /// <param name="logger">Receives, at debug level, the reasons why clients were reset.</param>
    /// <exception cref="PortUnavailableException">The port is taken, or may not be listened on.</exception>
    public static PortForwarder Listen(
        int containerPort, int? hostPort, Func<CancellationToken, ValueTask<GuestStream>> dial, ILogger? logger = null)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, hostPort ?? 0));
            listener.Listen();
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw PortUnavailableException.For(hostPort ?? 0, exception);
        }

        return new PortForwarder(listener, containerPort, dial, logger ?? NullLogger.Instance);
    }

    /// <summary>
    /// Ends every client's connection, as a checkpoint needs it, and accepts no further one until <see cref="ResumeAccepting"/>. Clients
    /// that connect in the meantime wait in the kernel's queue. The guest reads an end first, so that a server can close the session
    /// properly. A connection that has not ended after <paramref name="gracePeriod"/> is reset.
    /// </summary>
    /// <exception cref="OperationCanceledException">
    /// The caller cancelled. The remaining connections were reset, and no client is accepted.
    /// </exception>
    public async Task CloseClientsAsync(TimeSpan gracePeriod, CancellationToken cancellationToken = default)
    {
        KeyValuePair<ForwardedConnection, Task>[] clients;
        lock (_lock)
        {
            _suspended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            clients = [.. _clients];
        }

        foreach ((ForwardedConnection connection, _) in clients)
            connection.HangUp();

        Task ended = Task.WhenAll(clients.Select(client => client.Value));
        try
        {
            await ended.WaitAsync(gracePeriod, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            foreach ((ForwardedConnection connection, _) in clients)
                connection.Abort();
            await ended.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Accepts clients again, first those that have been waiting. Harmless when accepting was not suspended.</summary>
    public void ResumeAccepting()
    {
        lock (_lock)
        {
            _suspended?.SetResult();
            _suspended = null;
        }
    }

    /// <summary>Stops listening, resets every client and returns when everything is closed: the port is free.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            return new ValueTask(_disposal ??= CloseAsync());
    }

    private async Task CloseAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);

        await ResetClientsAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private Task ResetClientsAsync()
    {
        KeyValuePair<ForwardedConnection, Task>[] clients;
        lock (_lock)
            clients = [.. _clients];
        foreach ((ForwardedConnection connection, _) in clients)
            connection.Abort();
        return Task.WhenAll(clients.Select(client => client.Value));
    }

    private async ValueTask ForwardAsync(Socket client, CancellationToken cancellationToken)
    {
        while (!TryForward(client, out Task resumed))
        {
            try
            {
                await resumed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                client.Dispose();
                throw;
            }
        }
    }

    private bool TryForward(Socket client, out Task resumed)
    {
        var connection = new ForwardedConnection(client, _link, _logger);
        lock (_lock)
        {
            resumed = _suspended?.Task ?? Task.CompletedTask;
            if (_suspended is not null)
                return false;

            if (_link.IsCut)
            {
                connection.Abort();
                return true;
            }

            // On the thread pool: otherwise the accept loop itself would pump a client that always has data ready.
            _clients.Add(connection, Task.Run(() => ForwardUntilEndAsync(connection), CancellationToken.None));
            return true;
        }
    }

    private async Task ForwardUntilEndAsync(ForwardedConnection connection)
    {
        await connection.RunAsync(_dial).ConfigureAwait(false);
        lock (_lock)
            _clients.Remove(connection);
    }
}
