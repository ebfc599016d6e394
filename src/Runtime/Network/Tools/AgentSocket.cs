using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Islet.Native.Posix;
using Microsoft.Extensions.Logging;

namespace Islet.Networking.Tools;

/// <summary>
/// A unix socket on which tools such as grpcurl reach the agent of a container, in the machine that it has at that time. Only the user
/// who runs this process may connect. It also answers what the agent does not know: the description of its methods (server reflection).
/// </summary>
internal sealed partial class AgentSocket : IAsyncDisposable
{
    private const int LongestPath = 107;

    private readonly string _path;
    private readonly Socket _listener;
    private readonly Func<CallInvoker> _agent;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _clients = [];
    private readonly Task _accepting;

    private AgentSocket(string path, Socket listener, Func<CallInvoker> agent, ILogger logger)
    {
        _path = path;
        _listener = listener;
        _agent = agent;
        _logger = logger;
        _accepting = AcceptLoop.RunAsync(listener.AcceptAsync, AcceptAsync, logger, _ending.Token);
    }

    /// <summary>Listens on a path where no file is, or a socket that a process has left behind.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="agent">Returns the calls to the agent of the machine that the container has.</param>
    /// <param name="logger">Receives the clients that break off.</param>
    /// <exception cref="StorageException">The socket can't be made there.</exception>
    public static AgentSocket Listen(string path, Func<CallInvoker> agent, ILogger logger)
    {
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new StorageException(
                $"The agent's socket {path} can't be made: a socket's path has {LongestPath} bytes at most. Choose a shorter one.");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Nothing can connect before it listens, and by then it is its owner's alone.
            RemoveAbandoned(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen();
            return new AgentSocket(path, listener, agent, logger);
        }
        catch (Exception exception) when (exception is SocketException || StorageException.Describes(exception))
        {
            listener.Dispose();
            throw new StorageException(
                $"The agent's socket {path} can't be made: {exception.Message}. Choose a path in a folder of yours where no file is.",
                exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);

        // It removes the file as well.
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] clients;
        lock (_lock)
            clients = [.. _clients];
        await Task.WhenAll(clients).ConfigureAwait(false);
        _ending.Dispose();
    }

    /// <summary>Removes the socket of a process that was killed: a socket that refuses connections has no listener.</summary>
    private static void RemoveAbandoned(string path)
    {
        if (!File.Exists(path))
            return;
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            client.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Another's file, which is left alone: the attempt to listen says so.
        }
    }

    // A connection to any other file is refused as well.
    private static bool IsSocket(string path) => PosixStatus.Of(path, followLink: false).Type == PosixFileType.Socket;

    private ValueTask AcceptAsync(Socket client, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _clients.RemoveAll(ended => ended.IsCompleted);
            _clients.Add(ServeAsync(client));
        }

        return ValueTask.CompletedTask;
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            using var connection = new AgentSocketConnection(stream, _agent);
            await connection.RunAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Whatever a client sends, the container must not suffer from it.
            if (!_ending.IsCancellationRequested)
                LogBrokenOff(exception, _path);
        }
    }

    [LoggerMessage(EventId = 408, Level = LogLevel.Debug, Message = "A client of the agent's socket {Path} broke off")]
    private partial void LogBrokenOff(Exception exception, string path);
}
