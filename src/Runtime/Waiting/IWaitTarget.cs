using Islet.Protocol;

namespace Islet;

/// <summary>A container that has been started, as a wait strategy sees it.</summary>
public interface IWaitTarget
{
    /// <summary>The container's ports that are published on the host, in the order they were asked for.</summary>
    IReadOnlyList<int> PublishedPorts { get; }

    /// <summary>The image's healthcheck, or <see langword="null"/> when it has none.</summary>
    Healthcheck? Healthcheck { get; }

    /// <summary>
    /// Completes when the container's first process has ended. Faults with the machine's own exception when the virtual machine
    /// ended instead.
    /// </summary>
    Task<ProcessExit> Exited { get; }

    /// <summary>The port on 127.0.0.1 that a port of the container is published on.</summary>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    int GetPort(int containerPort);

    /// <summary>Returns when a process inside the container accepts connections on the port. The guest tells; nothing is polled.</summary>
    ValueTask WaitForPortAsync(int containerPort, CancellationToken cancellationToken);

    /// <summary>Opens a stream to a port inside the container, published or not. The caller owns it.</summary>
    /// <exception cref="IOException">Nothing accepts connections there.</exception>
    ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken);

    /// <summary>Runs a command inside the container and returns when it has ended; cancelling ends it.</summary>
    ValueTask<ExecResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken);

    /// <summary>
    /// The container's log lines (both streams) from the first one on, followed live, without their line ends; the sequence ends
    /// when the container has exited. The lines are bounded: a longer one comes in pieces.
    /// </summary>
    IAsyncEnumerable<string> ReadLogLinesAsync(CancellationToken cancellationToken);
}
