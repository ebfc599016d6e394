using Islet.VirtualMachines;

namespace Islet.Snapshots;

/// <summary>
/// A snapshot in use: as long as this is not disposed, no process removes it, nor those that its disk stands on. Its files must not
/// be written.
/// </summary>
internal sealed class SnapshotLease : IDisposable
{
    private readonly ContentVerification _verification;
    private readonly EntryLock _lock;

    /// <summary>Takes ownership of the lock and of the parent.</summary>
    internal SnapshotLease(SnapshotManifest manifest, SnapshotFiles files, SnapshotLease? parent, EntryLock @lock, ContentVerification verification) =>
        (Manifest, Files, Parent, _lock, _verification) = (manifest, files, parent, @lock, verification);

    /// <summary>What the snapshot is.</summary>
    public SnapshotManifest Manifest { get; }

    /// <summary>Its name in the store.</summary>
    public SnapshotName Name => Manifest.Name;

    /// <summary>The machine's memory, to be mapped privately.</summary>
    public string MemoryPath => Files.Memory;

    /// <summary>The state of the machine's devices.</summary>
    public string StatePath => Files.State;

    /// <summary>The frozen disk overlay, to be stood on, if the snapshot has one.</summary>
    public string? DiskPath => Manifest.Disk is null ? null : Files.Disk;

    /// <summary>What a machine is restored from.</summary>
    public SavedMachine Machine => new(MemoryPath, StatePath, Manifest.Shape);

    internal SnapshotFiles Files { get; }

    internal SnapshotLease? Parent { get; }

    /// <summary>
    /// Reads the whole memory and disk, and the disks below, and compares them with what they were: once in the life of this process, and
    /// meant to run beside the restore. A snapshot that was not sealed yet is sealed by that.
    /// </summary>
    /// <returns>
    /// <see langword="false"/> when something is damaged: a machine made from it must not be trusted. The snapshot is then not opened
    /// again by anybody, and removed when nobody uses it any more.
    /// </returns>
    public Task<bool> VerifyContentAsync(CancellationToken cancellationToken = default) => _verification.VerifyAsync(this, cancellationToken);

    /// <summary>Lets go of the snapshot; the files that are open or mapped stay usable.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        Parent?.Dispose();
    }

    internal void Condemn() => _lock.MarkRemoved();
}
