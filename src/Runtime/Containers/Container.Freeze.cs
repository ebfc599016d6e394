using Islet.Native.Posix;
using Islet.Networking;
using Islet.Protocol.Agent;
using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet;

// What checkpoints and roll-backs are made of: a machine is frozen, and another takes its place.
public sealed partial class Container
{
    // What a freeze writes, memory that is a file already aside: pages that the guest touches on the way, the devices' state, a disk's first tables.
    private static readonly MemorySize s_freezeRoom = MemorySize.Mebibytes(16);

    /// <summary>Freezes the container, publishes what was frozen, and lets the container go on from it.</summary>
    /// <returns>What was frozen, which the caller owns, and what it had written.</returns>
    private async Task<(SnapshotLease Taken, FrozenLog Log)> FreezeAsync(
        SnapshotName snapshot, string? name, StartupTimeline timeline, CancellationToken cancellationToken)
    {
        // A page of a mapped file that finds no space ends the machine, where a failed write only fails the checkpoint.
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

            // The agent has ended the streams after the last byte; what follows is in the pipes, and is read by whoever goes on.
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

    /// <summary>After a freeze that came to nothing: the machine that was to be frozen goes on.</summary>
    private async Task GoOnAsync(LiveMachine frozen)
    {
        using var limit = new CancellationTokenSource(s_longestAnswer);
        try
        {
            // Harmless when it runs.
            await frozen.Machine.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
            await frozen.Agent.RenewAsync(Bootstrap.Renew(ClockTime), limit.Token).ConfigureAwait(false);
            await FollowOutputAsync(frozen, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is VirtualMachineException or IOException or AgentException or OperationCanceledException)
        {
            // It has ended meanwhile, which Exited tells, or answers no more; the caller hears why the checkpoint failed.
        }

        ResumeAccepting();
        MarkRunningOrStopped();
    }

    /// <summary>The container goes on in a machine that stands on what was frozen: that itself is never written again.</summary>
    private async Task GoOnFromAsync(SnapshotLease taken, LiveMachine frozen, NextMachine next, StartupTimeline timeline)
    {
        SnapshotLease? foundation = null;
        LiveMachine? live = null;
        using var limit = new CancellationTokenSource(s_longestAnswer);
        try
        {
            foundation = await _engine.Snapshots.ShareAsync(taken, CancellationToken.None).ConfigureAwait(false);
            IVirtualMachine machine = await next.RestoreAsync(foundation, timeline).ConfigureAwait(false);
            live = await LiveMachine.ConnectAsync(_engine, _blueprint, machine, timeline, limit.Token).ConfigureAwait(false);
            await RenewAsync(live, Bootstrap.Renew(ClockTime), timeline, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The frozen machine can go on itself, but then it writes what was to stay as it was.
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

        // What was frozen is going to be forked, or rolled back to.
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

    /// <summary>Puts a machine in the place of the present one, which is ended in the background.</summary>
    /// <param name="live">The machine, whose processes run.</param>
    /// <param name="foundation">What it stands on.</param>
    /// <param name="isSameLife">Whether it goes on where the present one stopped, in place of going back.</param>
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
            // The new machine has ended already, or its agent answers no more: the next call to it tells.
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

    // A second name for the same file, so that the machine finds its disk again if nothing comes of this. On another device, a copy.
    private static async Task TakeDiskAsync(string disk, string destination, CancellationToken cancellationToken)
    {
        if (!HardLink.TryCreate(disk, destination))
            await SparseFile.CopyAsync(disk, destination, cancellationToken).ConfigureAwait(false);
    }
}
