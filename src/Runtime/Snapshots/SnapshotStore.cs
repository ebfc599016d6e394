using System.Collections.Concurrent;
using Islet.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Snapshots;

/// <summary>
/// Saved machines on disk, one directory each: <c>snapshots/{templates,checkpoints,warm}/KEY</c>. Any number of processes may share it,
/// and any of them may die at any moment: a directory gets its name only when it is complete.
/// </summary>
internal sealed partial class SnapshotStore
{
    // Each disk below is a file that QEMU opens at every start. Also, a manifest that was tampered with could name itself as its parent.
    internal const int MaxDepth = 256;

    private readonly string _root;
    private readonly MemorySize _limit;
    private readonly ILogger _logger;
    private readonly ContentVerification _verification = new();
    private readonly Lazy<SnapshotSecret> _secret;
    private readonly ConcurrentDictionary<SnapshotName, string> _reported = new();
    private bool _hasCleanedUp; // under the store's lock

    /// <summary>Opens the store, which need not exist.</summary>
    /// <param name="cacheDirectory">The cache directory; the store is <c>snapshots</c> in it.</param>
    /// <param name="limit">
    /// The space it may take on the disk. Beyond it, the snapshots that were not used for the longest time are removed. Default: 20 GiB.
    /// </param>
    /// <param name="loggers">The factory of the logger, for snapshots that are damaged.</param>
    public SnapshotStore(string cacheDirectory, MemorySize? limit = null, ILoggerFactory? loggers = null)
    {
        _root = Path.Combine(Path.GetFullPath(cacheDirectory), "snapshots");
        _limit = limit ?? MemorySize.FromGibibytes(20);
        _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<SnapshotStore>();
        _secret = new Lazy<SnapshotSecret>(() =>
        {
            RequireOwnCache();
            return SnapshotSecret.ReadOrCreate(_root);
        });
    }

    /// <summary>Begins a key. Secrets in it are hashed with this cache's own secret.</summary>
    public SnapshotKeyBuilder NewKey() => new(Secret);

    /// <summary>The random key of this cache.</summary>
    public SnapshotSecret Secret => _secret.Value;

    /// <summary>
    /// Opens a snapshot that is complete, made by this version of Islet, and undamaged as far as can be seen quickly. Any other snapshot is
    /// removed, with one warning, so that it is made again; a checkpoint stays where it is.
    /// </summary>
    /// <returns>The snapshot, which the caller owns, or <see langword="null"/> if there is none that can be used.</returns>
    /// <exception cref="StorageException">The cache directory belongs to another user, or other users can write in it.</exception>
    public async ValueTask<SnapshotLease?> TryOpenAsync(SnapshotName name, CancellationToken cancellationToken = default)
    {
        RequireOwnCache();
        (SnapshotLease? lease, string? fault) = Open(name, depth: 0);
        if (fault is null)
            return lease;

        if (_reported.TryAdd(name, fault))
            _logger.SnapshotNotUsed(name, _root, fault);

        // A checkpoint is the user's to delete: another version of Islet may still be able to use it.
        if (name.Kind != SnapshotKind.Checkpoint)
            _ = await RemoveAsync(name, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Opens a snapshot that the caller has open once more, for another owner.</summary>
    /// <exception cref="SnapshotException">The snapshot was found damaged, or was deleted by hand.</exception>
    public async Task<SnapshotLease> ShareAsync(SnapshotLease snapshot, CancellationToken cancellationToken = default) =>
        await TryOpenAsync(snapshot.Name, cancellationToken).ConfigureAwait(false)
        ?? throw new SnapshotException($"The snapshot {snapshot.Name} is gone: it was damaged, or was removed by hand.");

    /// <summary>Returns whether the store's device has this much free space. If that is unknown, returns true.</summary>
    public bool HasSpaceFor(MemorySize size)
    {
        try
        {
            CacheDirectory.CreatePrivate(_root);
            return new DriveInfo(_root).AvailableFreeSpace >= size.Bytes;
        }
        catch (Exception exception) when (exception is ArgumentException || StorageException.Describes(exception))
        {
            return true;
        }
    }

    /// <summary>Returns every snapshot with a manifest that can be read, in no particular order.</summary>
    public IReadOnlyList<SnapshotListing> List() => [.. Entries()
        .Select(entry => (entry.Name, Files: new SnapshotFiles(entry.Path)))
        .Select(entry => (entry.Files, Manifest: ReadManifest(entry.Files, entry.Name)))
        .Where(entry => entry.Manifest is not null && !EntryLock.IsMarked(entry.Files.Directory))
        .Select(entry => new SnapshotListing(entry.Manifest!, entry.Files.Allocated, EntryLock.LastUsed(entry.Files.Directory)))];

    private void RequireOwnCache() => CacheDirectory.RequireOwn(Path.GetDirectoryName(_root)!);

    private string PathOf(SnapshotName name) => Path.Combine(_root, SnapshotName.Directories[name.Kind], name.Key.ToString());

    /// <summary>Takes the store's lock, under which snapshots get and lose their names.</summary>
    private Task<FileLock> LockAsync(CancellationToken cancellationToken) =>
        FileLock.AcquireAsync(Path.Combine(_root, "store.lock"), cancellationToken);

    private (SnapshotLease? Lease, string? Fault) Open(SnapshotName name, int depth)
    {
        var directory = new DirectoryInfo(PathOf(name));
        if (directory.LinkTarget is not null)
            return (null, "it is a symbolic link");
        if (File.Exists(directory.FullName))
            return (null, "it is not a directory");
        if (!directory.Exists)
            return (null, null);
        if (depth == MaxDepth)
            return (null, "too many disks lie below its own");

        EntryLock? shared = EntryLock.TryShare(directory.FullName);
        if (shared is null)
            return (null, EntryLock.IsThere(directory.FullName) || !Directory.Exists(directory.FullName) ? null : "its lock is missing");

        SnapshotLease? parent = null;
        string? fault = null;
        try
        {
            var files = new SnapshotFiles(directory.FullName);
            SnapshotManifest? manifest = files.TryReadManifest();
            fault = files.FindFault(name, manifest);
            if (fault is null && manifest!.Parent is { } below)
            {
                parent = Open(below, depth + 1).Lease;
                fault = parent is null ? $"its disk is based on {below}, which is gone or damaged" : null;
            }

            if (fault is null)
            {
                shared.Touch();
                return (new SnapshotLease(manifest!, files, parent, shared, _verification), null);
            }
        }
        catch (Exception exception) when (exception is IsletException || StorageException.Describes(exception))
        {
            fault = exception.Message;
        }

        parent?.Dispose();
        shared.Dispose();
        return (null, fault);
    }

    private static SnapshotManifest? ReadManifest(SnapshotFiles files, SnapshotName name)
    {
        try
        {
            return files.TryReadManifest() is { } manifest && manifest.Name == name ? manifest : null;
        }
        catch (StorageException)
        {
            return null;
        }
    }

    private IEnumerable<(SnapshotName Name, string Path)> Entries()
    {
        foreach ((SnapshotKind kind, DirectoryInfo directory) in KindDirectories())
        {
            foreach (DirectoryInfo entry in directory.EnumerateDirectories())
            {
                if (SnapshotKey.TryParse(entry.Name, out SnapshotKey? key) && entry.LinkTarget is null)
                    yield return (new SnapshotName(kind, key), entry.FullName);
            }
        }
    }

    private IEnumerable<(SnapshotKind Kind, DirectoryInfo Directory)> KindDirectories() => SnapshotName.Directories
        .Select(kind => (kind.Key, new DirectoryInfo(Path.Combine(_root, kind.Value))))
        .Where(kind => kind.Item2.Exists);
}

/// <summary>A snapshot in a list of them.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Allocated">The space it takes on the disk, in bytes; blocks that several share are counted in each.</param>
/// <param name="LastUsed">The time at which it was made or last opened, in UTC.</param>
internal sealed record SnapshotListing(SnapshotManifest Manifest, long Allocated, DateTime LastUsed);
