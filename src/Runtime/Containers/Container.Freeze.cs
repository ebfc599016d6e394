using Islet.Native.Posix;
using Islet.Networking;
using Islet.Protocol.Agent;
using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet;

// The steps of checkpoints and roll-backs: a machine is saved, and another machine replaces it.
public sealed partial class Container
{
    // The space that a save takes besides memory that is already a file: pages that the guest touches meanwhile, device state, the first
    // tables of a disk.
    private static readonly MemorySize s_freezeRoom = MemorySize.Mebibytes(16);

    /// <summary>Saves the container, publishes the snapshot, and lets the container continue in a machine based on it.</summary>
    /// <returns>The snapshot, which the caller owns, and the container's log at that moment.</returns>
    private async Task<(SnapshotLease Taken, FrozenLog Log)> FreezeAsync(
        SnapshotName snapshot, string? name, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        // If a page of a mapped file finds no space, the machine is killed, while a failed write only makes the checkpoint fail.
        if (_draft is not null && !_engine.Snapshots.HasSpaceFor(s_freezeRoom))
        {
            throw new StorageException(
                $"There is not enough space left for a checkpoint at {_draft.Directory}, needs {s_freezeRoom.TotalMebibytes} MiB. Free some, or set ISLET_CACHE to a directory on a larger disk.");
        }

        SnapshotDraft draft = _draft ?? await _engine.Snapshots.BeginAsync(snapshot, cancellationToken).ConfigureAwait(false);
        _state = ContainerState.Checkpointed;
        var next = new NextMachine(_engine, _blueprint, _draft?.MemoryPath, cancellationToken);
        await using (next.ConfigureAwait(false))
            return await FreezeAsync(draft, snapshot, name, next, timeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(SnapshotLease Taken, FrozenLog Log)> FreezeAsync(
        SnapshotDraft draft, SnapshotName snapshot, string? name, NextMachine next, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        LiveMachine frozen = _live;
        SnapshotLease taken;
        FrozenLog log;
        try
        {
            StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Quiesce);
            await CloseClientsAsync(s_clientGrace, cancellationToken).ConfigureAwait(false);
            await AskAgentAsync(frozen.Agent.QuiesceAsync(cancellationToken)).ConfigureAwait(false);

            // The agent has ended the streams after the last byte. Later output stays in the pipes, for the machine that continues.
            await frozen.Output.WaitAsync(cancellationToken).ConfigureAwait(false);
            await next.WhenSpawnedAsync().ConfigureAwait(false);
            log = new FrozenLog(_log.Lines(), _stdout.Rest.ToArray(), _stderr.Rest.ToArray());
            phase.Complete();

            phase = timeline.Begin(StartupPhases.Freeze);
            SavedMachine saved = await frozen.Machine.FreezeAsync(
                draft.StatePath, _draft is null ? draft.MemoryPath : null, cancellationToken).ConfigureAwait(false);
            phase.Complete();

            phase = timeline.Begin(StartupPhases.Publish);
            await TakeDiskAsync(frozen.Machine.DiskPath, draft.DiskPath, cancellationToken).ConfigureAwait(false);
            draft.Name = snapshot;
            CheckpointRecord.Of(_blueprint, log).Write(draft.Directory);
            taken = await draft.CompleteAsync(
                Checkpoint.Describe(_blueprint, _foundation, name, isTemporary: name is null && snapshot.Kind == SnapshotKind.Checkpoint, saved.Shape), seal: false, CancellationToken.None).ConfigureAwait(false);
            if (taken.Manifest.Id != draft.Id)
            {
                taken.Dispose();
                throw new SnapshotException($"The state of {Name} can't be kept: another process has kept one under the same name.");
            }

            phase.Complete();
        }
        catch
        {
            if (_draft is null)
                draft.Dispose();
            else
            {
                File.Delete(draft.DiskPath);
                File.Delete(draft.StatePath);
            }
            await GoOnAsync(frozen).ConfigureAwait(false);
            throw;
        }

        _draft = null;
        await GoOnFromAsync(taken, frozen, next, timeline).ConfigureAwait(false);
        return (taken, log);
    }

    /// <summary>Lets the machine that was to be saved continue, after the save has failed.</summary>
    private async Task GoOnAsync(LiveMachine frozen)
    {
        using var limit = new CancellationTokenSource();
        try
        {
            // This is harmless if the machine runs.
            await frozen.Machine.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
            limit.CancelAfter(s_longestAnswer);
            await frozen.Agent.RenewAsync(Bootstrap.Renew(ClockTime), limit.Token).ConfigureAwait(false);
            await FollowOutputAsync(frozen, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is VirtualMachineException or IOException or AgentException or OperationCanceledException)
        {
            // The machine has ended meanwhile, which Exited reports, or answers no more. The caller gets the reason why the checkpoint
            // failed.
        }

        ResumeAccepting();
        MarkRunningOrStopped();
    }

    /// <summary>
    /// Continues the container in a machine that is based on the new snapshot, so that the snapshot is never written again.
    /// </summary>
    private async Task GoOnFromAsync(SnapshotLease taken, LiveMachine frozen, NextMachine next, StartupTimeline timeline)
    {
        SnapshotLease? foundation = null;
        LiveMachine? live = null;
        using var limit = new CancellationTokenSource();
        try
        {
            foundation = await _engine.Snapshots.ShareAsync(taken, CancellationToken.None).ConfigureAwait(false);
            IVirtualMachine machine = await next.RestoreAsync(foundation, timeline).ConfigureAwait(false);
            limit.CancelAfter(s_longestAnswer);
            live = await LiveMachine.ConnectAsync(_engine, _blueprint, machine, timeline, limit.Token).ConfigureAwait(false);
            await RenewAsync(live, Bootstrap.Renew(ClockTime), timeline, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The saved machine can continue, but it then writes to files that the snapshot was to keep unchanged. So the snapshot is
            // unusable.
            taken.Condemn();
            taken.Dispose();
            foundation?.Dispose();
            if (live is not null)
                await live.DisposeAsync().ConfigureAwait(false);
            await GoOnAsync(frozen).ConfigureAwait(false);
            if (exception is OperationCanceledException)
            {
                throw new SavedMachineException(
                    $"{Name} can't go on from what was frozen: its agent has not answered for {s_longestAnswer.TotalSeconds:0} s.", exception);
            }

            throw;
        }

        await ReplaceAsync(live, foundation, isSameLife: true).ConfigureAwait(false);
        MarkRunningOrStopped();

        // The next start from this snapshot, a fork or a roll-back, is likely.
        _engine.Restorer.SpawnAhead(foundation, _blueprint.MachineOn(foundation));
    }

    private async Task<LiveMachine> RestoreMachineAsync(
        SnapshotLease foundation, bool verify, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        IVirtualMachine machine = await _engine.Restorer.RestoreAsync(
            foundation, _blueprint.MachineOn(foundation), verify, timeline, cancellationToken).ConfigureAwait(false);
        return await LiveMachine.ConnectAsync(_engine, _blueprint, machine, timeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task RenewAsync(LiveMachine live, RenewRequest request, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Renew);
        try
        {
            await live.Agent.RenewAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new SavedMachineException($"{Name} can't go on from what was frozen: {exception.Message}.", exception);
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception, live).ConfigureAwait(false);
        }

        phase.Complete();
    }

    /// <summary>Replaces the present machine with another. The present one is ended in the background.</summary>
    /// <param name="live">The new machine, whose processes run.</param>
    /// <param name="foundation">The snapshot that it is based on.</param>
    /// <param name="isSameLife">Whether it continues where the present machine stopped; otherwise the container was rolled back.</param>
    private async Task ReplaceAsync(LiveMachine live, SnapshotLease foundation, bool isSameLife)
    {
        LiveMachine old = _live;
        SnapshotLease? left = _foundation;
        SnapshotDraft? unused = _draft;
        lock (_ending)
        {
            old.Retire();
            if (!isSameLife)
                BeginNewLife();
        }

        _live = live;
        _foundation = foundation;
        _draft = null;
        ForwardHostPorts(live);
        try
        {
            using var limit = new CancellationTokenSource(s_longestAnswer);
            await FollowOutputAsync(live, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or AgentException or OperationCanceledException)
        {
            // The new machine has ended already, or its agent answers no more: the next call to it reports that.
        }

        _ = ObserveExitAsync(live);
        ResumeAccepting();
        _replaced = EndAsync(_replaced);

        async Task EndAsync(Task before)
        {
            await before.ConfigureAwait(false);
            await old.DisposeAsync().ConfigureAwait(false);
            unused?.Dispose();
            await ReleaseAsync(left).ConfigureAwait(false);
        }
    }

    private ValueTask ReleaseAsync(SnapshotLease? foundation) => foundation is null ? default : _engine.Snapshots.ReleaseAsync(foundation);

    private Task CloseClientsAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        Task.WhenAll(_ports.Values.Select(port => port.CloseClientsAsync(grace, cancellationToken)));

    private void ResumeAccepting()
    {
        foreach (PortForwarder port in _ports.Values)
            port.ResumeAccepting();
    }

    // The disk gets a second name, so that the machine still finds it if the checkpoint fails. On another device, it is copied.
    private static async Task TakeDiskAsync(string disk, string destination, CancellationToken cancellationToken)
    {
        if (!HardLink.TryCreate(disk, destination))
            await SparseFile.CopyAsync(disk, destination, cancellationToken).ConfigureAwait(false);
    }
}
