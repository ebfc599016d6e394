using System.Security.Cryptography;
using Islet.Storage;

namespace Islet.Snapshots;

/// <summary>The part that adds a snapshot to the store, and keeps several makers of the same one apart.</summary>
internal sealed partial class SnapshotStore
{
    private const string DraftMark = ".partial-";

    /// <summary>
    /// Takes the build lock of a snapshot, until the result is disposed; returns <see langword="null"/> if another maker holds it.
    /// </summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public IDisposable? TryAcquireBuildLock(SnapshotName name)
    {
        string path = BuildLockOf(name);
        CacheDirectory.CreatePrivate(Path.GetDirectoryName(path)!);
        return StoreFile.TryLock(path, FileMode.OpenOrCreate);
    }

    /// <summary>
    /// Waits until no other process makes the snapshot, and takes its build lock. Afterwards, check first whether the snapshot exists by
    /// now.
    /// </summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<IDisposable> AcquireBuildLockAsync(SnapshotName name, CancellationToken cancellationToken = default) =>
        await FileLock.AcquireAsync(BuildLockOf(name), cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until no process makes the snapshot: by then it exists, or its maker has failed or died.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task WaitForBuildAsync(SnapshotName name, CancellationToken cancellationToken = default)
    {
        using IDisposable held = await AcquireBuildLockAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a snapshot. The caller owns the draft.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<SnapshotDraft> BeginAsync(SnapshotName name, CancellationToken cancellationToken = default)
    {
        string path = $"{PathOf(name)}{DraftMark}{Environment.ProcessId}-{RandomText()}";
        SnapshotDraft draft;
        using (await LockAsync(cancellationToken).ConfigureAwait(false))
        {
            // Under the store's lock, no process mistakes the directory for that of a dead process before its own lock is held.
            SetAsideAbandoned();
            if (!_hasCleanedUp)
                RemoveLeftBehind();
            _hasCleanedUp = true;
            CacheDirectory.CreatePrivate(path);
            draft = new SnapshotDraft(this, name, path, EntryLock.Create(path));
        }

        DeleteSetAside();
        return draft;
    }

    /// <summary>Gives a draft its name, unless another process was faster, and opens the snapshot that has the name.</summary>
    internal async Task<(SnapshotLease Lease, bool IsOurs)> PublishAsync(
        SnapshotManifest manifest, SnapshotFiles files, EntryLock @lock, CancellationToken cancellationToken)
    {
        SnapshotLease lease;
        using (await LockAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Open(manifest.Name, depth: 0).Lease is { } winner)
                return (winner, false);

            SnapshotLease? parent = null;
            if (manifest.Parent is { } below)
            {
                (parent, string? fault) = Open(below, depth: 1);
                if (parent is null)
                    throw new SnapshotException(
                        $"The snapshot {manifest.Name} can't be kept, because of the one that its disk is based on, {below}: "
                        + $"{fault ?? "it is gone"}. Begin again with a container that is started from its image.");
            }


            try
            {
                string path = PathOf(manifest.Name);
                SetAside(path);
                Directory.Move(files.Directory, path);
                @lock.Share();
                lease = new SnapshotLease(manifest, new SnapshotFiles(path), parent, @lock, _verification);
                _ = _reported.TryRemove(manifest.Name, out _);
            }
            catch (Exception exception)
            {
                parent?.Dispose();
                if (StorageException.Describes(exception))
                    throw StorageException.FromWrite(exception, files.Directory);
                throw;
            }

            TrimQuietly();
        }

        DeleteSetAside();
        return (lease, true);
    }

    // The new snapshot is complete and has its name. A failure to remove another one does not change that.
    private void TrimQuietly()
    {
        try
        {
            Trim();
        }
        catch (StorageException exception)
        {
            _logger.LimitExceeded(exception, _root);
        }
    }

    private string BuildLockOf(SnapshotName name) =>
        Path.Combine(_root, "builders", SnapshotName.Directories[name.Kind], name.Key + ".lock");

    private static string RandomText() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
