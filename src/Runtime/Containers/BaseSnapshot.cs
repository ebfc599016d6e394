using Islet.Snapshots;
using Islet.Starting;

namespace Islet.Containers;

/// <summary>
/// The snapshot whose disk and memory a container's machine continues, and the one that its machine is already writing its memory to.
/// </summary>
/// <param name="snapshots">The store that both belong to.</param>
/// <param name="draft">The checkpoint that will be taken of the container, if that is known. Owned.</param>
/// <param name="lease">The snapshot that the container was started from, if it was. Owned.</param>
internal sealed class BaseSnapshot(SnapshotStore snapshots, SnapshotDraft? draft, SnapshotLease? lease) : IAsyncDisposable
{
    private Task _replaced = Task.CompletedTask;

    /// <summary>
    /// The checkpoint that holds the memory of the present machine from its start; <see langword="null"/> if there is none.
    /// </summary>
    public SnapshotDraft? Draft { get; private set; } = draft;

    /// <summary>The base snapshot; <see langword="null"/> for a container that was started from its image.</summary>
    public SnapshotLease? Lease { get; private set; } = lease;

    /// <summary>Gives the draft away: it is complete, and belongs to the checkpoint.</summary>
    public void ReleaseDraft() => Draft = null;

    /// <summary>
    /// Replaces the base snapshot with that of the container's next machine. The old machine is ended in the background, and what it was
    /// based on is released after it.
    /// </summary>
    public void Replace(SnapshotLease next, MachineConnection oldMachine)
    {
        SnapshotDraft? oldDraft = Draft;
        SnapshotLease? oldLease = Lease;
        Draft = null;
        Lease = next;
        _replaced = EndAsync(_replaced);

        async Task EndAsync(Task before)
        {
            await before.ConfigureAwait(false);
            await oldMachine.DisposeAsync().ConfigureAwait(false);
            oldDraft?.Dispose();
            await ReleaseAsync(oldLease).ConfigureAwait(false);
        }
    }

    /// <summary>Releases the snapshots, after the machines that were based on them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _replaced.ConfigureAwait(false);
        Draft?.Dispose();
        await ReleaseAsync(Lease).ConfigureAwait(false);
    }

    private ValueTask ReleaseAsync(SnapshotLease? lease) => lease is null ? default : snapshots.ReleaseAsync(lease);
}
