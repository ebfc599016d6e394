using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Islet.Snapshots;

/// <summary>
/// Compares the large files with the hashes in <c>seal.json</c>. A snapshot may be published before it is sealed, since hashing takes
/// longer than saving the machine. Until it is sealed, only length and time are compared.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed class ContentVerification
{
    private readonly HashSet<string> _intact = [];

    // One file at a time: this runs while a machine starts, and there may be only two processors.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Hashes the files of a snapshot and writes the seal.</summary>
    /// <exception cref="StorageException">The seal can't be written.</exception>
    public static async Task SealAsync(SnapshotFiles files, bool hasDisk, CancellationToken cancellationToken)
    {
        string memory = await ContentHash.ComputeAsync(files.Memory, cancellationToken).ConfigureAwait(false);
        string? disk = hasDisk ? await ContentHash.ComputeAsync(files.Disk, cancellationToken).ConfigureAwait(false) : null;
        files.WriteSeal(new ContentSeal(memory, disk));
    }

    /// <inheritdoc cref="SnapshotLease.VerifyContentAsync"/>
    public async Task<bool> VerifyAsync(SnapshotLease snapshot, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (SnapshotLease? each = snapshot; each is not null; each = each.Parent)
            {
                if (await IsIntactAsync(each, withMemory: each == snapshot, cancellationToken).ConfigureAwait(false))
                    continue;

                each.MarkUnusable();
                return false;
            }

            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> IsIntactAsync(SnapshotLease snapshot, bool withMemory, CancellationToken cancellationToken)
    {
        string memoryTag = $"{snapshot.Manifest.Id} memory", diskTag = $"{snapshot.Manifest.Id} disk";
        bool memoryIsDue = withMemory && !_intact.Contains(memoryTag);
        bool diskIsDue = snapshot.DiskPath is not null && !_intact.Contains(diskTag);
        try
        {
            if (!memoryIsDue && !diskIsDue)
                return true;

            if (snapshot.Files.TryReadSeal() is not { } seal)
            {
                await SealAsync(snapshot.Files, snapshot.DiskPath is not null, cancellationToken).ConfigureAwait(false);
                _intact.UnionWith([memoryTag, diskTag]);
                return true;
            }

            if (memoryIsDue && await ContentHash.ComputeAsync(snapshot.MemoryPath, cancellationToken).ConfigureAwait(false) != seal.Memory)
                return false;
            if (diskIsDue && await ContentHash.ComputeAsync(snapshot.DiskPath!, cancellationToken).ConfigureAwait(false) != seal.Disk)
                return false;
        }
        catch (Exception exception) when (exception is JsonException or SnapshotException || StorageException.Describes(exception))
        {
            return false;
        }

        if (memoryIsDue)
            _intact.Add(memoryTag);
        if (diskIsDue)
            _intact.Add(diskTag);
        return true;
    }
}
