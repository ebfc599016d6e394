using System.Diagnostics.CodeAnalysis;
using Islet.Starting;

namespace Islet.Containers;

/// <summary>
/// The present state of a container. Operations change it one at a time; only the end of the process or of the machine, and the begin of
/// the disposal, come at any moment.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed class ContainerStatus
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private volatile LifecycleState _current;
    private volatile bool _isDisposing;

    public ContainerStatus(MachineConnection machine, ProcessRun run, StartupTimeline timeline)
    {
        _current = new LifecycleState.Created(machine, run);
        Timeline = timeline;
    }

    /// <summary>The present state.</summary>
    public LifecycleState Current => _current;

    /// <summary>The present machine.</summary>
    public MachineConnection Machine => _current.Machine;

    /// <summary>The present run of the container's process, or the last one.</summary>
    public ProcessRun Run => _current.Run;

    /// <summary>The phases of the start, or of the last roll-back or restart.</summary>
    public StartupTimeline Timeline { get; set; }

    /// <summary>Whether the disposal has begun: it waits for the operation under way, and no other operation begins.</summary>
    public bool IsDisposing => _isDisposing;

    /// <summary>Waits until no other operation changes the state. The caller disposes the result at the end of its operation.</summary>
    public async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_turn);
    }

    /// <summary>Lets no further operation begin, and ends the machine, so that the operation under way ends too.</summary>
    public void BeginDisposal()
    {
        _isDisposing = true;
        Machine.Machine.Kill();
    }

    /// <summary>Marks the machine as paused.</summary>
    public void Pause()
    {
        // A process whose end is reported late is stopped when the machine continues: until then, nothing in it answers.
        lock (_lock)
            _current = Machine.Machine.Exited.IsCompleted && Run.HasEnded
                ? new LifecycleState.Stopped(Machine, Run)
                : new LifecycleState.Paused(Machine, Run);
    }

    /// <summary>Marks the machine as about to be saved or replaced.</summary>
    /// <returns>The state before, for <see cref="Return"/>.</returns>
    public LifecycleState BeginReplacement()
    {
        lock (_lock)
        {
            LifecycleState before = _current;
            _current = new LifecycleState.Checkpointed(before.Machine, before.Run);
            return before;
        }
    }

    /// <summary>
    /// Returns to the state before an operation that has failed. If the process has ended meanwhile, the container is stopped.
    /// </summary>
    public void Return(LifecycleState before)
    {
        lock (_lock)
            _current = before.Run.HasEnded ? new LifecycleState.Stopped(before.Machine, before.Run) : before;
    }

    /// <summary>Marks the container as running, or as stopped if its process has ended meanwhile.</summary>
    public void RunOrStop() => Return(new LifecycleState.Running(Machine, Run));

    /// <summary>
    /// Replaces the machine. The process continues in the other one, or begins another run if the container is rolled back.
    /// </summary>
    /// <returns>The machine that was replaced: its end is no longer the end of the container.</returns>
    public MachineConnection Replace(MachineConnection machine, bool isSameRun)
    {
        lock (_lock)
        {
            MachineConnection replaced = _current.Machine;
            replaced.Retire();
            _current = new LifecycleState.Checkpointed(machine, isSameRun ? Run : Run.Next());
            return replaced;
        }
    }

    /// <summary>Marks the process as started again, in the same machine.</summary>
    public void Restart()
    {
        lock (_lock)
            _current = new LifecycleState.Running(Machine, Run.Next(DateTimeOffset.UtcNow));
    }

    /// <summary>Marks the container as stopped, because its process or its machine has ended.</summary>
    /// <returns>The run that has ended; <see langword="null"/> if another machine has replaced that one.</returns>
    public ProcessRun? TryEnd(MachineConnection machine)
    {
        lock (_lock)
        {
            if (machine.IsRetired)
                return null;

            Run.End();

            // Otherwise, the operation under way, the end of the pause or the disposal sets the state.
            if (_current is LifecycleState.Created or LifecycleState.Running
                || (_current is LifecycleState.Paused && machine.Machine.Exited.IsCompleted))
                _current = new LifecycleState.Stopped(machine, Run);
            return Run;
        }
    }

    /// <summary>Marks the container as deleted.</summary>
    /// <returns>Whether it was not deleted before.</returns>
    public bool TryDelete()
    {
        lock (_lock)
        {
            if (_current is LifecycleState.Deleted)
                return false;
            _current = new LifecycleState.Deleted(Machine, Run);
            return true;
        }
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
