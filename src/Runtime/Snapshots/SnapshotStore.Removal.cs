namespace Islet.Snapshots;

/// <summary>
/// The part that removes a snapshot from the store: it loses its name under the store's lock, and its files are deleted after.
/// </summary>
internal sealed partial class SnapshotStore
{
    private const string SetAsideMark = ".removed-";

    /// <summary>Removes a snapshot, unless a process uses it or another snapshot's disk is based on its disk.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<SnapshotRemoval> RemoveAsync(SnapshotName name, CancellationToken cancellationToken = default)
    {
        await StopSealingAsync(name).ConfigureAwait(false);
        SnapshotRemoval result;
        using (await LockAsync(cancellationToken).ConfigureAwait(false))
            result = Remove(name);

        DeleteSetAside();
        return result;
    }

    /// <summary>
    /// Brings the store below its limit by removing the snapshots that were not used for the longest time, and removes the drafts of dead
    /// processes. The limit is also enforced whenever a snapshot is published.
    /// </summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task TrimAsync(CancellationToken cancellationToken = default)
    {
        using (await LockAsync(cancellationToken).ConfigureAwait(false))
        {
            SetAsideAbandoned();
            Trim();
        }

        DeleteSetAside();
    }

    /// <summary>
    /// Releases a snapshot. Removes it and the snapshots that its disk is based on, as far as they are temporary and not needed otherwise.
    /// Never fails: a snapshot that can't be removed now is removed by the next process that uses the store.
    /// </summary>
    public async ValueTask ReleaseAsync(SnapshotLease snapshot)
    {
        List<SnapshotName> chain = [];
        for (SnapshotLease? each = snapshot; each?.Manifest.IsTemporary == true; each = each.Parent)
            chain.Add(each.Name);
        snapshot.Dispose();
        try
        {
            foreach (SnapshotName name in chain)
            {
                if (await RemoveAsync(name).ConfigureAwait(false) != SnapshotRemoval.Removed)
                    return;
            }
        }
        catch (StorageException exception)
        {
            _logger.SnapshotNotRemoved(exception, chain[0]);
        }
    }

    /// <summary>
    /// Removes a snapshot, or makes it temporary, so that it is removed once it is not needed any more. From here on it can't be found by
    /// its metadata.
    /// </summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task RemoveWhenUnusedAsync(SnapshotName name)
    {
        await StopSealingAsync(name).ConfigureAwait(false);
        using (await LockAsync(CancellationToken.None).ConfigureAwait(false))
        {
            var files = new SnapshotFiles(PathOf(name));
            if (Remove(name) is SnapshotRemoval.InUse or SnapshotRemoval.IsBase && ReadManifest(files, name) is { } manifest)
                files.WriteManifest(manifest with { IsTemporary = true, Metadata = new Dictionary<string, string>() });
        }

        DeleteSetAside();
    }

    /// <summary>
    /// Marks a snapshot as unusable. From here on no process opens it, and another snapshot may take its name. Processes that use it
    /// already continue. For a snapshot that turned out to be damaged or useless.
    /// </summary>
    public void MarkUnusable(SnapshotName name)
    {
        using EntryLock? share = EntryLock.TryShare(PathOf(name));
        share?.MarkRemoved();
    }

    /// <summary>Removes the temporary snapshots of processes that have died.</summary>
    private void RemoveLeftBehind()
    {
        bool progress;
        do
        {
            progress = false;
            foreach ((SnapshotName name, SnapshotManifest? manifest, _) in Listed().ToArray())
                progress |= manifest?.IsTemporary == true && Remove(name) == SnapshotRemoval.Removed;
        }
        while (progress); // a base snapshot goes after those that are based on it
    }

    private SnapshotRemoval Remove(SnapshotName name)
    {
        var directory = new DirectoryInfo(PathOf(name));
        bool isForeign = directory.LinkTarget is not null || File.Exists(directory.FullName);
        if (!directory.Exists && !isForeign)
            return SnapshotRemoval.NotFound;
        if (Listed().Any(other => other.Name != name && other.Manifest?.Parent == name))
            return SnapshotRemoval.IsBase;

        using EntryLock? alone = isForeign ? null : EntryLock.TryTake(directory.FullName);
        if (alone is null && !isForeign)
            return SnapshotRemoval.InUse;

        SetAside(directory.FullName, alone);
        return SnapshotRemoval.Removed;
    }

    private void Trim()
    {
        List<(SnapshotName Name, SnapshotManifest? Manifest, SnapshotFiles Files)> entries = [.. Listed()];
        Dictionary<SnapshotName, long> sizes = entries.ToDictionary(entry => entry.Name, entry => entry.Files.Allocated);
        long total = sizes.Values.Sum();
        if (total <= _limit.Bytes)
            return;

        // When a snapshot is removed, the one that it was based on may become removable too. So the search continues until nothing is
        // removed.
        List<SnapshotName> candidates =
        [
            .. entries.OrderBy(entry => EntryLock.LastUsed(entry.Files.Directory)).Select(entry => entry.Name),
        ];
        for (bool progress = true; progress;)
        {
            progress = false;
            foreach (SnapshotName name in candidates.ToArray())
            {
                if (total <= _limit.Bytes)
                    return;
                if (Remove(name) != SnapshotRemoval.Removed)
                    continue;

                candidates.Remove(name);
                total -= sizes[name];
                progress = true;
            }
        }
    }

    private IEnumerable<(SnapshotName Name, SnapshotManifest? Manifest, SnapshotFiles Files)> Listed() => Entries()
        .Select(entry => (entry.Name, new SnapshotFiles(entry.Path)))
        .Select(entry => (entry.Name, ReadManifest(entry.Item2, entry.Name), entry.Item2));

    /// <summary>Takes the name from a directory. Processes that use it continue to use its files.</summary>
    /// <param name="path">The path of the directory, or of a file or link that has its name.</param>
    /// <param name="held">Its lock, if the caller has it; the caller keeps owning it.</param>
    private static void SetAside(string path, EntryLock? held = null)
    {
        try
        {
            var directory = new DirectoryInfo(path);
            if (directory.LinkTarget is not null || File.Exists(path))
            {
                File.Delete(path);
                return;
            }

            if (!directory.Exists)
                return;

            using (EntryLock? share = held is null ? EntryLock.TryShare(path) : null)
                (held ?? share)?.MarkRemoved();
            directory.MoveTo(Path.Combine(directory.Parent!.FullName, SetAsideMark + RandomText()));
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"The snapshot {path} can't be removed: {exception.Message} Remove it by hand.", exception);
        }
    }

    /// <summary>Sets aside the drafts of dead processes, and snapshots that were marked as unusable while they were in use.</summary>
    private void SetAsideAbandoned()
    {
        foreach ((_, DirectoryInfo kind) in KindDirectories())
        {
            foreach (DirectoryInfo directory in kind.EnumerateDirectories())
            {
                bool isDraft = directory.Name.Contains(DraftMark, StringComparison.Ordinal);
                if (directory.LinkTarget is not null || !(isDraft || EntryLock.IsMarked(directory.FullName)))
                    continue;

                using EntryLock? alone = EntryLock.TryTake(directory.FullName);
                if (alone is not null && !directory.Name.StartsWith(SetAsideMark, StringComparison.Ordinal))
                    SetAside(directory.FullName, alone);
            }
        }
    }

    private void DeleteSetAside()
    {
        foreach ((_, DirectoryInfo kind) in KindDirectories())
        {
            foreach (DirectoryInfo directory in kind.EnumerateDirectories(SetAsideMark + "*"))
            {
                using EntryLock? alone = EntryLock.TryTake(directory.FullName);
                if (alone is not null)
                    DeleteQuietly(directory.FullName);
            }
        }
    }

    /// <summary>Deletes a directory as far as possible. A later clean-up finds the rest.</summary>
    internal static void DeleteQuietly(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            // Another process deletes it too, or the file system is out of order. The store does not depend on the deletion.
        }
    }
}

/// <summary>The result of a removal.</summary>
internal enum SnapshotRemoval
{
    /// <summary>The snapshot was removed.</summary>
    Removed,

    /// <summary>There was no such snapshot.</summary>
    NotFound,

    /// <summary>A process uses it.</summary>
    InUse,

    /// <summary>Another snapshot's disk is based on its disk.</summary>
    IsBase,
}
