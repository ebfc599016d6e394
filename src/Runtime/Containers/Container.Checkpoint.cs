using Islet.Containers;
using Islet.Diagnostics;
using Islet.Snapshots;
using Islet.Starting;

namespace Islet;

// Checkpoints, forks and roll-backs.
public sealed partial class Container
{
    // The time that a server may take to close its clients' sessions in its own way.
    private static readonly TimeSpan s_clientGrace = TimeSpan.FromSeconds(2);

    private SnapshotDraft? _draft;
    private SnapshotLease? _foundation;
    private Task _replaced = Task.CompletedTask;

    /// <summary>Saves the container's memory and disk at one moment, and lets the container run on.</summary>
    /// <remarks>
    /// Connections through published ports are closed first, and clients that connect meanwhile wait. Processes that
    /// <see cref="ExecAsync"/> has started run on too, without their streams. For a container started with
    /// <see cref="ContainerBuilder{TBuilder, TContainer}.WithCheckpoints"/>, the memory need not be written: see instant-start.md.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the call as long as nothing is saved; the container runs on.</param>
    /// <returns>The checkpoint. It is removed once it was disposed and no container is based on it any more.</returns>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="StorageException">It can't be written: most often there is no space. The container runs on.</exception>
    /// <exception cref="SnapshotException">Too many checkpoints are based on one another: 256. The container runs on.</exception>
    public Task<Checkpoint> CheckpointAsync(CancellationToken cancellationToken = default) => TakeCheckpointAsync(null, cancellationToken);

    /// <summary>
    /// Saves the container's memory and disk at one moment under a name, and lets the container run on. The checkpoint stays in the cache
    /// when it is disposed: <see cref="ContainerRuntime.OpenCheckpointAsync"/> finds it again.
    /// </summary>
    /// <param name="name">The name. An older checkpoint of that name is removed, once no container is based on it any more.</param>
    /// <param name="cancellationToken">Cancels the call as long as nothing is saved; the container runs on.</param>
    /// <inheritdoc cref="CheckpointAsync(CancellationToken)"/>
    public Task<Checkpoint> CheckpointAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return TakeCheckpointAsync(name, cancellationToken);
    }

    /// <summary>
    /// Starts another container in this one's present state; this one runs on. For many forks of one state, take one checkpoint.
    /// </summary>
    /// <returns>The fork, with its own ports, hostname and identity.</returns>
    /// <inheritdoc cref="CheckpointAsync(CancellationToken)"/>
    public async Task<Container> ForkAsync(CancellationToken cancellationToken = default)
    {
        Checkpoint checkpoint = await CheckpointAsync(cancellationToken).ConfigureAwait(false);
        await using (checkpoint.ConfigureAwait(false))
            return await checkpoint.ForkAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Rolls the container back: a new machine, in the checkpoint's state, replaces the present one. The published ports stay
    /// the same; connections through them are closed. A container that has stopped runs again.
    /// </summary>
    /// <param name="checkpoint">A checkpoint of this container, or of one with the same image, memory and CPUs.</param>
    /// <param name="cancellationToken">
    /// Cancels the call as long as the present machine has not been replaced; the container runs on.
    /// </param>
    /// <exception cref="ArgumentException">The checkpoint is of another image or another kind of machine.</exception>
    /// <exception cref="InvalidContainerStateException">The container was disposed.</exception>
    /// <exception cref="SavedMachineException">The checkpoint is damaged. The container is as it was.</exception>
    /// <exception cref="SnapshotException">The checkpoint is gone from the cache. The container is as it was.</exception>
    public async Task RollBackAsync(Checkpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        ContainerState before = _state;
        if (before is not (ContainerState.Running or ContainerState.Paused or ContainerState.Stopped))
            throw Explain(new InvalidContainerStateException("roll back", before, "Running, Paused or Stopped"));
        checkpoint.RequireFits(_blueprint);

        var timeline = new StartupTimeline(_options.PhaseChanged);
        var operation = ContainerOperation.RollBack(timeline);
        operation.Activity?.Describe(this);
        try
        {
            await ExplainAsync(RollBackToAsync(checkpoint, before, timeline, cancellationToken)).ConfigureAwait(false);
            operation.Complete();
        }
        catch (Exception exception)
        {
            if (exception is SavedMachineException)
                IsletMetrics.SnapshotRefused(StartKinds.Checkpoint);
            operation.Fail(exception);
            throw;
        }
    }

    private async Task RollBackToAsync(
        Checkpoint checkpoint, ContainerState before, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        SnapshotLease foundation = await checkpoint.ShareAsync(cancellationToken).ConfigureAwait(false);
        _state = ContainerState.Checkpointed;
        LiveMachine? live = null;
        try
        {
            await CloseClientsAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            live = await RestoreMachineAsync(foundation, checkpoint.MustBeVerified, timeline, cancellationToken).ConfigureAwait(false);
            await RenewAsync(live, Bootstrap.Renew(ClockTime, _identity), timeline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (live is not null)
                await live.DisposeAsync().ConfigureAwait(false);
            foundation.Dispose();
            ResumeAccepting();
            _state = before;
            if (exception is IsletException { Evidence.IsEmpty: true } unexplained)
                Explain(unexplained);
            throw;
        }

        Timeline = timeline;
        await ReplaceAsync(live, foundation, isSameLife: false).ConfigureAwait(false);
        MarkRunningOrStopped();
    }

    private async Task<Checkpoint> TakeCheckpointAsync(string? name, CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Running, "take a checkpoint");
        var timeline = new StartupTimeline(_options.PhaseChanged);
        var operation = ContainerOperation.Checkpoint(timeline);
        operation.Activity?.Describe(this);
        try
        {
            Checkpoint checkpoint = await ExplainAsync(TakeCheckpointAsync(name, timeline, cancellationToken)).ConfigureAwait(false);
            operation.Complete();
            return checkpoint;
        }
        catch (Exception exception)
        {
            operation.Fail(exception);
            throw;
        }
    }

    private async Task<Checkpoint> TakeCheckpointAsync(string? name, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        (SnapshotLease taken, FrozenLog log) = await FreezeAsync(Checkpoint.NewSnapshotName(), name, timeline, cancellationToken).ConfigureAwait(false);
        if (name is not null)
        {
            await RemoveOlderAsync(name, taken).ConfigureAwait(false);
            _engine.Snapshots.SealInBackground(await _engine.Snapshots.ShareAsync(taken, CancellationToken.None).ConfigureAwait(false));
        }

        return new Checkpoint(_engine, taken, _blueprint, log, timeline);
    }

    /// <summary>Saves the ready container as a warm state, for later starts of the same description.</summary>
    internal async Task KeepWarmAsync(SnapshotName snapshot, CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Ensure(ContainerState.Running, "keep the ready state");
        StartupTimeline.PhaseScope phase = Timeline.Begin(StartupPhases.Keep);
        (SnapshotLease taken, _) = await FreezeAsync(snapshot, null, new StartupTimeline(), cancellationToken).ConfigureAwait(false);
        phase.Complete();
        _engine.Snapshots.SealInBackground(taken);
    }

    // Like a tag, a name belongs to the checkpoint that got it last.
    private async Task RemoveOlderAsync(string name, SnapshotLease newest)
    {
        foreach (SnapshotListing older in _engine.Snapshots.List())
        {
            if (older.Manifest.Name != newest.Name && Checkpoint.NameOf(older.Manifest) == name)
                await _engine.Snapshots.RemoveWhenUnusedAsync(older.Manifest.Name).ConfigureAwait(false);
        }
    }
}
