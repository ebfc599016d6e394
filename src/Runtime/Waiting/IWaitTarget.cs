
namespace Islet;

/// <summary>A container that has been started, as a wait strategy sees it.</summary>
public interface IWaitTarget
{
    /// <summary>The container's ports that are published on the host, in the order in which they were requested.</summary>
    IReadOnlyList<int> PublishedPorts { get; }

    /// <summary>The image's healthcheck; <see langword="null"/> if it has none.</summary>
    Healthcheck? Healthcheck { get; }

    /// <summary>
    /// A task that completes when the container's first process has ended. If the virtual machine ended instead, it faults with the
    /// machine's own exception.
    /// </summary>
    Task<ProcessExit> Exited { get; }

    /// <summary>Returns the port on 127.0.0.1 at which a port of the container is published.</summary>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    int GetPort(int containerPort);

    /// <summary>
    /// Waits until a process inside the container accepts connections on the port. The guest reports it; nothing is polled.
    /// </summary>
    ValueTask WaitForPortAsync(int containerPort, CancellationToken cancellationToken);

    /// <summary>Opens a stream to a port inside the container, published or not. The caller owns it.</summary>
    /// <exception cref="IOException">Nothing accepts connections at that port.</exception>
    ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken);

    /// <summary>Runs a command inside the container and waits for its end. Cancellation ends the command.</summary>
    ValueTask<ExecResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the container's log lines of both streams: first those that exist, then new ones as they arrive. The sequence ends when the
    /// container has exited. The length of a line is limited: a longer one comes in pieces.
    /// </summary>
    IAsyncEnumerable<LogLine> ReadLogsAsync(CancellationToken cancellationToken);
}
