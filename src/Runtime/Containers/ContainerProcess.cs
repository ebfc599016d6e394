using Islet.Containers;

namespace Islet;

/// <summary>
/// A process that was started in a running container, with its streams open. Disposing it kills the process if it still runs.
/// </summary>
public sealed class ContainerProcess : IAsyncDisposable
{
    private readonly ExecProcesses _processes;
    private readonly string _id;

    internal ContainerProcess(
        ExecProcesses processes, string id, int processId, GuestStream? stdin, GuestStream stdout, GuestStream? stderr,
        Task<ProcessExit> exited)
    {
        _processes = processes;
        _id = id;
        ProcessId = processId;
        Stdin = stdin;
        Stdout = stdout;
        Stderr = stderr;
        Exited = exited;
    }

    /// <summary>Its process id in the machine, as the agent sees it.</summary>
    public int ProcessId { get; }

    /// <summary>
    /// Its standard input; <see cref="GuestStream.CompleteWritesAsync"/> closes it. <see langword="null"/> when it has none.
    /// </summary>
    public GuestStream? Stdin { get; }

    /// <summary>Its standard output, or its terminal's output.</summary>
    public GuestStream Stdout { get; }

    /// <summary>Its standard error; <see langword="null"/> with a terminal.</summary>
    public GuestStream? Stderr { get; }

    /// <summary>A task that completes when the process has ended. It faults if the machine ended first.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>Sends a signal.</summary>
    /// <exception cref="ContainerOperationException">The process has ended.</exception>
    public Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default) =>
        _processes.SignalAsync(_id, signal, cancellationToken);

    /// <summary>Tells the process that its terminal has a new size (SIGWINCH).</summary>
    /// <exception cref="ContainerOperationException">The process has ended, or has no terminal.</exception>
    public Task ResizeTerminalAsync(TerminalSize size, CancellationToken cancellationToken = default) =>
        _processes.ResizeTerminalAsync(_id, size, cancellationToken);

    /// <summary>
    /// Kills the process if it still runs, and closes its streams. A machine that does not answer delays this by 2 seconds at most.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
            await _processes.KillAsync(_id, Exited).ConfigureAwait(false);
        if (Stdin is not null)
            await Stdin.DisposeAsync().ConfigureAwait(false);
        await Stdout.DisposeAsync().ConfigureAwait(false);
        if (Stderr is not null)
            await Stderr.DisposeAsync().ConfigureAwait(false);
    }
}
