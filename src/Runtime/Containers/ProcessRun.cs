using Islet.Starting;

namespace Islet.Containers;

/// <summary>One run of the container's process: its output, cut into lines, and its end.</summary>
internal sealed class ProcessRun
{
    private readonly ContainerLog _log;
    private readonly TaskCompletionSource<ProcessExit> _exited;
    private volatile bool _hasEnded;

    /// <summary>Creates the first run.</summary>
    public ProcessRun(ContainerLog log)
        : this(log, new(TaskCreationOptions.RunContinuationsAsynchronously), restartedAt: null)
    {
    }

    private ProcessRun(ContainerLog log, TaskCompletionSource<ProcessExit> exited, DateTimeOffset? restartedAt)
    {
        _log = log;
        _exited = exited;
        RestartedAt = restartedAt;
        Stdout = new LineSplitter((text, isPartial) => log.Append(OutputStreams.Stdout, text, isPartial));
        Stderr = new LineSplitter((text, isPartial) => log.Append(OutputStreams.Stderr, text, isPartial));
    }

    /// <summary>The standard output of the process.</summary>
    public LineSplitter Stdout { get; }

    /// <summary>The standard error of the process.</summary>
    public LineSplitter Stderr { get; }

    /// <summary>The time at which the process was last started again in its machine, if it was.</summary>
    public DateTimeOffset? RestartedAt { get; }

    /// <summary>A task that completes with the exit, or faults with the reason why the machine has ended.</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>Whether the process or its machine has ended. <see cref="Exited"/> completes a moment later.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Returns the whole log and the lines that are not complete yet.</summary>
    public SavedLog Save() => new(_log.Lines(), Stdout.Rest.ToArray(), Stderr.Rest.ToArray());

    /// <summary>Ends the output. <see cref="Complete"/> or <see cref="Fail"/> follows.</summary>
    public void End()
    {
        Stdout.Complete();
        Stderr.Complete();
        _log.Complete();
        _hasEnded = true;
    }

    /// <summary>Reports the exit of the process.</summary>
    public void Complete(ProcessExit exit) => _exited.TrySetResult(exit);

    /// <summary>Reports the end of the machine.</summary>
    public void Fail(IsletException reason)
    {
        _exited.TrySetException(reason);

        // The exception is observed here, because the owner of a container that is disposed while it runs may never await it.
        _ = _exited.Task.Exception;
    }

    /// <summary>
    /// Begins the next run. Lines that are not complete are dropped: they belong to a run that is over or undone. If this run has not
    /// ended, the next one completes the same <see cref="Exited"/>.
    /// </summary>
    /// <param name="restartedAt">The present time if the process was started again, <see langword="null"/> after a roll-back.</param>
    public ProcessRun Next(DateTimeOffset? restartedAt = null)
    {
        restartedAt ??= RestartedAt;
        if (!_hasEnded)
            return new ProcessRun(_log, _exited, restartedAt);

        _log.Reopen();
        return new ProcessRun(_log, new(TaskCreationOptions.RunContinuationsAsynchronously), restartedAt);
    }
}
