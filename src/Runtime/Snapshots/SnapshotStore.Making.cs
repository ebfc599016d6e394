using System.Security.Cryptography;
using Islet.Storage;
using Microsoft.Extensions.Logging;

namespace Islet.Snapshots;

/// <summary>How a snapshot comes into the store, and how several makers of the same one keep out of each other's way.</summary>
internal sealed partial class SnapshotStore
{
    private const string DraftMark = ".partial-";

    /// <summary>Becomes the one who makes a snapshot, until the result is disposed; <see langword="null"/> when another makes it already.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public IDisposable? TryBecomeBuilder(SnapshotName name)
    {
        string path = BuilderLockOf(name);
        CacheDirectory.CreatePrivate(Path.GetDirectoryName(path)!);
        return StoreFile.TryLock(path, FileMode.OpenOrCreate);
    }

    /// <summary>Waits until nobody else makes the snapshot, and becomes the one who does. Look first whether it is there by now.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<IDisposable> BecomeBuilderAsync(SnapshotName name, CancellationToken cancellationToken = default) =>
        await FileLock.AcquireAsync(BuilderLockOf(name), cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until nobody makes the snapshot: it is there then, or its maker has failed or died.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task WaitForBuilderAsync(SnapshotName name, CancellationToken cancellationToken = default)
    {
        using IDisposable held = await BecomeBuilderAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a snapshot. The caller owns the draft.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<SnapshotDraft> BeginAsync(SnapshotName name, CancellationToken cancellationToken = default)
    {
        string path = $"{PathOf(name)}{DraftMark}{Environment.ProcessId}-{RandomText()}";
        SnapshotDraft draft;
        using (await LockAsync(cancellationToken).ConfigureAwait(false))
        {
            // Under the lock nobody takes the directory for a dead one's before its own lock is held.
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

    /// <summary>Gives a draft its name, unless another was faster, and opens what has the name then.</summary>
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
                    throw new SnapshotException($"The snapshot {manifest.Name} can't be kept, because of the one that its disk stands on, {below}: {fault ?? "it is gone"}. Begin again with a container that is started from its image.");
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
            catch (Exception error)
            {
                parent?.Dispose();
                if (StorageException.Describes(error))
                    throw StorageException.FromWrite(error, files.Directory);
                throw;
            }

            TrimQuietly();
        }

        DeleteSetAside();
        return (lease, true);
    }

    // What was made is whole and has its name; that something else can't be removed does not change that.
    private void TrimQuietly()
    {
        try
        {
            Trim();
        }
        catch (StorageException error)
        {
            _logger.LogWarning(230, error, "The snapshots in {Directory} take more than their limit, and none can be removed", _root);
        }
    }

    private string BuilderLockOf(SnapshotName name) =>
        Path.Combine(_root, "builders", SnapshotName.Directories[name.Kind], name.Key + ".lock");

    private static string RandomText() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
