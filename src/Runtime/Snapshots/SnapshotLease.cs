using Islet.VirtualMachines;

namespace Islet.Snapshots;

/// <summary>
/// A snapshot in use. As long as this is not disposed, no process removes it or the snapshots that its disk is based on. Its files must
/// not be written.
/// </summary>
internal sealed class SnapshotLease : IDisposable
{
    private readonly ContentVerification _verification;
    private readonly EntryLock _lock;

    /// <summary>Creates a lease that takes ownership of the lock and of the parent.</summary>
    internal SnapshotLease(
        SnapshotManifest manifest, SnapshotFiles files, SnapshotLease? parent, EntryLock @lock, ContentVerification verification) =>
        (Manifest, Files, Parent, _lock, _verification) = (manifest, files, parent, @lock, verification);

    /// <summary>The manifest of the snapshot.</summary>
    public SnapshotManifest Manifest { get; }

    /// <summary>Its name in the store.</summary>
    public SnapshotName Name => Manifest.Name;

    /// <summary>The path of the machine's memory, to be mapped privately.</summary>
    public string MemoryPath => Files.Memory;

    /// <summary>The path of the state of the machine's devices.</summary>
    public string StatePath => Files.State;

    /// <summary>The path of the saved disk overlay, on which another disk can be based; null if the snapshot has none.</summary>
    public string? DiskPath => Manifest.Disk is null ? null : Files.Disk;

    /// <summary>
    /// The saved disk overlay with the files below it, on which another disk can be based; null if the snapshot has none. The files below
    /// are those of the manifests.
    /// </summary>
    public DiskImage? Disk => DiskPath is { } path
        ? new DiskImage(path, DiskFormat.Qcow2, Parent?.Disk ?? (Manifest.DiskBase is { } file ? new DiskImage(file.Path) : null))
        : null;

    /// <summary>The saved machine, from which a machine is restored.</summary>
    public SavedMachine Machine => new(MemoryPath, StatePath, Manifest.Shape);

    internal SnapshotFiles Files { get; }

    internal SnapshotLease? Parent { get; }

    /// <summary>
    /// Reads the whole memory and disk, and the disks below, and compares them with their seals, once in the life of this process. It is
    /// meant to run at the same time as the restore. A snapshot that was not sealed yet is sealed by this.
    /// </summary>
    /// <returns>
    /// <see langword="false"/> if a file is damaged: a machine made from the snapshot must not be trusted. No process opens the snapshot
    /// again, and it is removed once no process uses it any more.
    /// </returns>
    public Task<bool> VerifyContentAsync(CancellationToken cancellationToken = default) =>
        _verification.VerifyAsync(this, cancellationToken);

    /// <summary>Releases the snapshot; the files that are open or mapped stay usable.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        Parent?.Dispose();
    }

    internal void MarkUnusable() => _lock.MarkRemoved();
}
