namespace Islet.Snapshots;

/// <summary>
/// A snapshot being made: a private directory into which the caller puts <c>memory</c>, <c>state</c> and, if there is one,
/// <c>disk.qcow2</c>. If it is disposed before it is complete, everything is removed. If this process dies, another process removes it
/// later.
/// </summary>
internal sealed class SnapshotDraft : IDisposable
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SnapshotStore _store;
    private readonly SnapshotFiles _files;
    private EntryLock? _lock;

    /// <summary>Creates a draft that takes ownership of the lock and of the directory.</summary>
    internal SnapshotDraft(SnapshotStore store, SnapshotName name, string directory, EntryLock @lock) =>
        (_store, Name, _files, _lock) = (store, name, new SnapshotFiles(directory), @lock);

    /// <summary>
    /// The name that it will have. It may be changed until it is complete: a draft that was begun for one purpose may serve another.
    /// </summary>
    public SnapshotName Name { get; set; }

    /// <summary>The id, which distinguishes it from another snapshot of the same name.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The private directory. Any other file in it becomes a part of the snapshot too.</summary>
    public string Directory => _files.Directory;

    /// <summary>The path for the memory. No process may write the file any more when <see cref="CompleteAsync"/> is called.</summary>
    public string MemoryPath => _files.Memory;

    /// <summary>The path for the state of the devices.</summary>
    public string StatePath => _files.State;

    /// <summary>The path for the disk overlay, if there is one.</summary>
    public string DiskPath => _files.Disk;

    /// <summary>Publishes the snapshot under its name, atomically, and opens it.</summary>
    /// <param name="description">The description of the snapshot.</param>
    /// <param name="seal">
    /// Whether memory and disk are hashed first. Otherwise the first <see cref="SnapshotLease.VerifyContentAsync"/> does so. Until then, a
    /// restart of the host makes the snapshot unusable.
    /// </param>
    /// <param name="cancellationToken">Cancels the call; the draft stays.</param>
    /// <returns>
    /// This snapshot, or the one that another process published first under the name (<see cref="SnapshotManifest.Id"/> is then not
    /// <see cref="Id"/>); the caller owns it.
    /// </returns>
    /// <exception cref="SnapshotException">A file is missing, or the parent is gone.</exception>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<SnapshotLease> CompleteAsync(
        SnapshotDescription description, bool seal, CancellationToken cancellationToken = default)
    {
        EntryLock @lock = _lock ?? throw new InvalidOperationException("The snapshot is complete, or was given up.");
        SnapshotManifest manifest = Finish(description);
        if (seal)
            await ContentVerification.SealAsync(_files, manifest.Disk is not null, cancellationToken).ConfigureAwait(false);

        (SnapshotLease lease, bool isOurs) = await _store.PublishAsync(manifest, _files, @lock, cancellationToken).ConfigureAwait(false);
        if (isOurs)
            _lock = null;
        Dispose();
        return lease;
    }

    /// <summary>Removes the draft, unless it was published.</summary>
    public void Dispose()
    {
        if (_lock is null)
            return;

        SnapshotStore.DeleteQuietly(Directory);
        _lock.Dispose();
        _lock = null;
    }

    private SnapshotManifest Finish(SnapshotDescription description)
    {
        bool hasDisk = File.Exists(DiskPath);
        try
        {
            // The memory stays writable: QEMU before 8.2 opens it for writing, although it maps it privately.
            File.SetUnixFileMode(MemoryPath, OwnerOnly);
            File.SetUnixFileMode(StatePath, ReadOnly);
            if (hasDisk)
                File.SetUnixFileMode(DiskPath, ReadOnly);
        }
        catch (FileNotFoundException exception)
        {
            throw new SnapshotException($"The snapshot {Name} can't be completed: {exception.FileName} is missing.", exception);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, Directory);
        }

        var manifest = new SnapshotManifest
        {
            Format = SnapshotManifest.CurrentFormat,
            IsletVersion = IsletVersion.Current,
            Id = Id,
            Name = Name,
            Shape = description.Shape,
            Created = DateTimeOffset.UtcNow,
            HostBoot = HostBoot.Id,
            Memory = SnapshotFiles.Record(MemoryPath),
            State = SnapshotFiles.Record(StatePath),
            StateSha256 = _files.HashState(),
            Disk = hasDisk ? SnapshotFiles.Record(DiskPath) : null,
            DiskBase = description.DiskBase,
            Parent = description.Parent,
            IsTemporary = description.IsTemporary,
            Metadata = description.Metadata,
        };
        _files.WriteManifest(manifest);
        return manifest;
    }
}
