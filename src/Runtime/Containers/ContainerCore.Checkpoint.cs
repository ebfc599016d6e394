using Islet.Diagnostics;
using Islet.Snapshots;
using Islet.Starting;

namespace Islet.Containers;

// Checkpoints and roll-backs, each as one operation.
internal sealed partial class ContainerCore
{
    /// <summary>Takes a checkpoint of the running container.</summary>
    /// <param name="name">The caller's name for it. Older checkpoints of that name are removed.</param>
    /// <param name="timeline">Receives the phases.</param>
    /// <param name="cancellationToken">Cancels the call as long as nothing is saved.</param>
    /// <returns>The snapshot, which the caller owns.</returns>
    public async Task<SnapshotLease> CheckpointAsync(string? name, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Calls.RequireRunning("take a checkpoint");
        var operation = ContainerOperation.Checkpoint(timeline);
        operation.Activity?.Describe(this);
        try
        {
            SnapshotLease taken = await Calls.ExplainAsync(
                TakeCheckpointAsync(name, timeline, cancellationToken)).ConfigureAwait(false);
            operation.Complete();
            return taken;
        }
        catch (Exception exception)
        {
            operation.Fail(exception);
            throw;
        }
    }

    /// <summary>Rolls the container back.</summary>
    /// <param name="open">Opens the snapshot to roll back to.</param>
    /// <param name="verify">Whether the snapshot's content may have been damaged since it was made.</param>
    /// <param name="cancellationToken">Cancels the call as long as the present machine has not been replaced.</param>
    public async Task RollBackAsync(
        Func<CancellationToken, Task<SnapshotLease>> open, bool verify, CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Calls.RequireAny(
            [ContainerState.Running, ContainerState.Paused, ContainerState.Stopped], "roll back", "Running, Paused or Stopped");

        StartupTimeline timeline = NewTimeline();
        var operation = ContainerOperation.RollBack(timeline);
        operation.Activity?.Describe(this);
        try
        {
            SnapshotLease baseSnapshot = await Calls.ExplainAsync(open(cancellationToken)).ConfigureAwait(false);
            await Calls.ExplainAsync(
                new RollBackSequence(this, timeline).RunAsync(baseSnapshot, verify, cancellationToken)).ConfigureAwait(false);
            operation.Complete();
        }
        catch (Exception exception)
        {
            if (exception.InnerException is SavedMachineException)
                IsletMetrics.SnapshotRefused(StartKinds.Checkpoint);
            operation.Fail(exception);
            throw;
        }
    }

    /// <summary>Saves the ready container as a warm state, for later starts of the same description.</summary>
    public async Task KeepWarmAsync(SnapshotName snapshot, CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Calls.RequireRunning("keep the ready state");
        StartupTimeline.PhaseScope phase = Status.Timeline.Begin(StartupPhases.Keep);
        SnapshotLease taken = await new CheckpointSequence(this, new StartupTimeline()).RunAsync(
            snapshot, null, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        Engine.Snapshots.SealInBackground(taken);
    }

    /// <summary>
    /// Opens the snapshot that the container is based on. Returns <see langword="null"/> for a container that was started from its image.
    /// </summary>
    public async Task<SnapshotLease?> OpenBaseAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await Status.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Calls.RequireMachine("open its base snapshot");
        return Base.Lease is null
            ? null
            : await Calls.ExplainAsync(Engine.Snapshots.ShareAsync(Base.Lease, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<SnapshotLease> TakeCheckpointAsync(string? name, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        SnapshotLease taken = await new CheckpointSequence(this, timeline).RunAsync(
            CheckpointSnapshots.NewName(), name, cancellationToken).ConfigureAwait(false);
        try
        {
            if (name is not null)
            {
                await CheckpointSnapshots.RemoveOlderAsync(Engine.Snapshots, name, taken).ConfigureAwait(false);
                Engine.Snapshots.SealInBackground(await Engine.Snapshots.ShareAsync(taken, CancellationToken.None).ConfigureAwait(false));
            }

            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }
}
