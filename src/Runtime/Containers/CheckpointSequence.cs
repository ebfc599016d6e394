using Islet.Native.Posix;
using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;

namespace Islet.Containers;

/// <summary>
/// Saves a container: its processes stand still, its machine is saved, the snapshot is published, and the container continues in a machine
/// based on the snapshot.
/// </summary>
internal sealed class CheckpointSequence(ContainerCore container, StartupTimeline timeline)
{
    // The time that a server may take to close its clients' sessions in its own way.
    private static readonly TimeSpan s_clientGrace = TimeSpan.FromSeconds(2);

    // The space that a save takes besides memory that is already a file: pages that the guest touches meanwhile, device state, the first
    // tables of a disk.
    private static readonly MemorySize s_room = MemorySize.FromMebibytes(16);

    // The machine that is saved. If the checkpoint fails, the container continues in it.
    private readonly MachineConnection _saved = container.Status.Machine;

    /// <summary>Takes the checkpoint. If that fails, the container runs on.</summary>
    /// <param name="snapshot">The name of the snapshot.</param>
    /// <param name="name">The caller's name for the checkpoint, if there is one.</param>
    /// <param name="cancellationToken">Cancels the call as long as nothing is saved.</param>
    /// <returns>The snapshot, which the caller owns.</returns>
    public async Task<SnapshotLease> RunAsync(SnapshotName snapshot, string? name, CancellationToken cancellationToken)
    {
        RequireRoom();
        SnapshotDraft draft =
            container.Base.Draft ?? await container.Engine.Snapshots.BeginAsync(snapshot, cancellationToken).ConfigureAwait(false);
        container.Status.BeginReplacement();
        var successor = new SuccessorMachine(container.Engine, container.Blueprint, container.Base.Draft?.MemoryPath, cancellationToken);
        await using (successor.ConfigureAwait(false))
        {
            SnapshotLease taken;
            try
            {
                await QuiesceAsync(successor, cancellationToken).ConfigureAwait(false);
                SavedLog log = container.Status.Run.Save();
                string shape = await SaveAsync(draft, cancellationToken).ConfigureAwait(false);
                taken = await PublishAsync(draft, snapshot, Describe(snapshot, name, shape), log, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await ContinueInSavedAsync().ConfigureAwait(false);
                Abandon(draft);
                throw;
            }

            container.Base.ReleaseDraft();
            await ContinueInAsync(successor, taken).ConfigureAwait(false);
            return taken;
        }
    }

    // If a page of a mapped file finds no space, the machine is killed, while a failed write only makes the checkpoint fail.
    private void RequireRoom()
    {
        if (container.Base.Draft is { } draft && !container.Engine.Snapshots.HasSpaceFor(s_room))
        {
            throw new StorageException(
                $"There is not enough space left for a checkpoint at {draft.Directory}, needs {s_room.TotalMebibytes} MiB. Free some, "
                + "or set ISLET_CACHE to a directory on a larger disk.");
        }
    }

    private async Task QuiesceAsync(SuccessorMachine successor, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Quiesce);
        await container.Ports.CloseClientsAsync(s_clientGrace, cancellationToken).ConfigureAwait(false);
        await container.Calls.AskAgentAsync(_saved.Agent.QuiesceAsync(cancellationToken)).ConfigureAwait(false);

        // The agent has ended the streams after the last byte. Later output stays in the pipes, for the machine that continues.
        await _saved.Output.WaitAsync(cancellationToken).ConfigureAwait(false);
        await successor.WhenSpawnedAsync().ConfigureAwait(false);
        phase.Complete();
    }

    private async Task<string> SaveAsync(SnapshotDraft draft, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Save);
        SavedMachine saved = await _saved.Machine.SaveAsync(
            draft.StatePath, container.Base.Draft is null ? draft.MemoryPath : null, cancellationToken).ConfigureAwait(false);
        phase.Complete();
        return saved.Shape;
    }

    // A warm state outlives its process, and so does a checkpoint with a name.
    private SnapshotDescription Describe(SnapshotName snapshot, string? name, string shape) => CheckpointSnapshots.Describe(
        container.Blueprint, container.Base.Lease, name, isTemporary: name is null && snapshot.Kind == SnapshotKind.Checkpoint, shape);

    private async Task<SnapshotLease> PublishAsync(
        SnapshotDraft draft, SnapshotName snapshot, SnapshotDescription description, SavedLog log, CancellationToken cancellationToken)
    {
        StartupTimeline.PhaseScope phase = timeline.Begin(StartupPhases.Publish);
        await TakeDiskAsync(_saved.Machine.DiskPath, draft.DiskPath, cancellationToken).ConfigureAwait(false);
        draft.Name = snapshot;
        CheckpointRecord.Of(container.Blueprint, log).Write(draft.Directory);
        SnapshotLease taken = await draft.CompleteAsync(description, seal: false, CancellationToken.None).ConfigureAwait(false);
        if (taken.Manifest.Id != draft.Id)
        {
            taken.Dispose();
            throw new SnapshotException(
                $"The state of {container.Blueprint.Name} can't be kept: another process has kept one under the same name.");
        }

        phase.Complete();
        return taken;
    }

    // The disk gets a second name, so that the machine still finds it if the checkpoint fails. On another device, it is copied.
    private static async Task TakeDiskAsync(string disk, string destination, CancellationToken cancellationToken)
    {
        if (!HardLink.TryCreate(disk, destination))
            await SparseFile.CopyAsync(disk, destination, cancellationToken).ConfigureAwait(false);
    }

    // A draft that holds the present machine's memory is needed as long as that machine runs.
    private void Abandon(SnapshotDraft draft)
    {
        if (container.Base.Draft is null)
        {
            draft.Dispose();
            return;
        }

        File.Delete(draft.DiskPath);
        File.Delete(draft.StatePath);
    }

    /// <summary>
    /// Continues the container in a machine that is based on the new snapshot, so that the snapshot is never written again.
    /// </summary>
    private async Task ContinueInAsync(SuccessorMachine successor, SnapshotLease taken)
    {
        SnapshotLease? baseSnapshot = null;
        MachineConnection? live = null;
        using var limit = new CancellationTokenSource();
        try
        {
            baseSnapshot = await container.Engine.Snapshots.ShareAsync(taken, CancellationToken.None).ConfigureAwait(false);
            IVirtualMachine machine = await successor.RestoreAsync(baseSnapshot, timeline).ConfigureAwait(false);
            limit.CancelAfter(GuestCalls.LongestAnswer);
            live = await MachineConnection.ConnectAsync(container.Engine, container.Blueprint, machine, timeline).ConfigureAwait(false);
            await container.RenewAsync(live, Renewal.Create(container.Clock.Time), timeline, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The saved machine can continue, but it then writes to files that the snapshot was to keep unchanged. So the snapshot is
            // unusable.
            taken.MarkUnusable();
            taken.Dispose();
            baseSnapshot?.Dispose();
            if (live is not null)
                await live.DisposeAsync().ConfigureAwait(false);
            await ContinueInSavedAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException)
            {
                throw new SavedMachineException(
                    $"{container.Blueprint.Name} can't continue from its saved state: its agent has not answered for "
                    + $"{GuestCalls.LongestAnswer.TotalSeconds:0} s.", exception);
            }

            throw;
        }

        await container.ReplaceMachineAsync(live, baseSnapshot, isSameRun: true).ConfigureAwait(false);

        // The next start from this snapshot, a fork or a roll-back, is likely.
        container.Engine.Restorer.Prestart(baseSnapshot, container.Blueprint.MachineOn(baseSnapshot));
    }

    /// <summary>Lets the machine that was to be saved continue, after the checkpoint has failed.</summary>
    private async Task ContinueInSavedAsync()
    {
        using var limit = new CancellationTokenSource();
        try
        {
            // This is harmless if the machine runs.
            await _saved.Machine.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
            limit.CancelAfter(GuestCalls.LongestAnswer);
            await _saved.Agent.RenewAsync(Renewal.Create(container.Clock.Time), limit.Token).ConfigureAwait(false);
            await container.Process.FollowOutputAsync(_saved, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (GuestCalls.IsLoss(exception) || exception is StorageException)
        {
            // The machine has ended meanwhile, which Exited reports, or answers no more. The caller gets the reason why the checkpoint
            // failed.
        }
        finally
        {
            container.Ports.ResumeAccepting();
            container.Status.RunOrStop();
        }
    }
}
