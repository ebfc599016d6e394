using Islet.Agent;
using Islet.Protocol;

namespace Islet.Containers;

/// <summary>A process that was started in a running container, with its streams open. Disposing it kills the process if it still runs.</summary>
public sealed class ContainerProcess : IAsyncDisposable
{
    private readonly AgentClient _agent;
    private readonly string _id;

    internal ContainerProcess(
        AgentClient agent, string id, int processId, GuestStream? stdin, GuestStream stdout, GuestStream? stderr, Task<ProcessExit> exited)
    {
        _agent = agent;
        _id = id;
        ProcessId = processId;
        Stdin = stdin;
        Stdout = stdout;
        Stderr = stderr;
        Exited = exited;
    }

    /// <summary>Its id in the machine, as the agent sees it.</summary>
    public int ProcessId { get; }

    /// <summary>Its standard input; <see cref="GuestStream.CompleteWritesAsync"/> closes it. <see langword="null"/> when it has none.</summary>
    public GuestStream? Stdin { get; }

    /// <summary>Its standard output, or its terminal's output.</summary>
    public GuestStream Stdout { get; }

    /// <summary>Its standard error; <see langword="null"/> with a terminal.</summary>
    public GuestStream? Stderr { get; }

    /// <summary>Completes when it has ended. Faults when the machine ended first.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>Sends a signal.</summary>
    public Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default) =>
        _agent.SignalProcessAsync(_id, signal.Number, cancellationToken);

    /// <summary>Tells the process that its terminal has another size (SIGWINCH).</summary>
    public Task ResizeTerminalAsync(TerminalSize size, CancellationToken cancellationToken = default) =>
        _agent.ResizeTerminalAsync(_id, size.Rows, size.Columns, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            try
            {
                await SendSignalAsync(ContainerSignal.Kill).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is AgentException or IOException)
            {
                // It ended in the same moment, or the whole machine did.
            }
        }

        if (Stdin is not null)
            await Stdin.DisposeAsync().ConfigureAwait(false);
        await Stdout.DisposeAsync().ConfigureAwait(false);
        if (Stderr is not null)
            await Stderr.DisposeAsync().ConfigureAwait(false);
    }
}
