using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Islet.Native.Posix;
using Microsoft.Extensions.Logging;

namespace Islet.Networking.Tools;

/// <summary>
/// A unix socket on which tools such as grpcurl reach the agent of a container, in the machine that it has at that time. Only the user of
/// this process may connect. It also answers what the agent does not know: the description of its methods (server reflection).
/// </summary>
internal sealed partial class AgentSocket : IAsyncDisposable
{
    private const int LongestPath = 107;

    private readonly string _path;
    private readonly ulong _inode;
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
        _inode = PosixStatus.Of(path, followLink: false).Inode;
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
        string unpublished = Path.Combine(Path.GetDirectoryName(path)!, "." + Path.GetRandomFileName()[..8]);
        if (Math.Max(Encoding.UTF8.GetByteCount(path), Encoding.UTF8.GetByteCount(unpublished)) > LongestPath)
            throw new StorageException(
                $"The agent's socket {path} can't be made: a socket's path has {LongestPath} bytes at most. Choose a shorter one.");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Nothing can connect before it listens, and by then it is its owner's alone.
            listener.Bind(new UnixDomainSocketEndPoint(unpublished));
            File.SetUnixFileMode(unpublished, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen();
            Publish(unpublished, path);
            return new AgentSocket(path, listener, agent, logger);
        }
        catch (Exception exception) when (exception is SocketException || StorageException.Describes(exception))
        {
            // It removes the file with the name that it was made with.
            listener.Dispose();
            throw new StorageException(
                $"The agent's socket {path} can't be made: {exception.Message}. Choose a path in a folder of yours where no file is.",
                exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);

        _listener.Dispose();
        RemoveOwn();
        await _accepting.ConfigureAwait(false);
        Task[] clients;
        lock (_lock)
            clients = [.. _clients];
        await Task.WhenAll(clients).ConfigureAwait(false);
        _ending.Dispose();
    }

    /// <summary>
    /// Gives a socket that listens its name. Before that it has another one, so that a socket under this name that refuses connections is
    /// known to have lost its listener: to a process that was killed. Such a socket is replaced.
    /// </summary>
    private static void Publish(string listening, string path)
    {
        if (!Path.Exists(path) || IsAbandoned(path))
            File.Move(listening, path, overwrite: true);
        else
            throw new IOException("the path is taken");
    }

    private static bool IsAbandoned(string path)
    {
        if (PosixStatus.Of(path, followLink: false).Type != PosixFileType.Socket)
            return false;

        // Without waiting: the queue of a listener that does not accept may be full.
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            client.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    private void RemoveOwn()
    {
        try
        {
            if (PosixStatus.Of(_path, followLink: false).Inode == _inode)
                File.Delete(_path);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            // Another has removed it, or may not let us.
        }
    }

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
