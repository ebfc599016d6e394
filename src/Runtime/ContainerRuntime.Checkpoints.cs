using Islet.Snapshots;
using Islet.Starting;

namespace Islet;

public sealed partial class ContainerRuntime
{
    /// <summary>Lists the checkpoints in the cache, the newest first, including those of other processes.</summary>
    public IReadOnlyList<CheckpointListing> ListCheckpoints() =>
    [
        .. Engine.Snapshots.List()
            .Where(listing => listing.Manifest.Name.Kind == SnapshotKind.Checkpoint)
            .OrderByDescending(listing => listing.Manifest.Created)
            .Select(listing => new CheckpointListing(
                listing.Manifest.Name.Key.ToString(), CheckpointSnapshots.NameOf(listing.Manifest),
                CheckpointSnapshots.ImageOf(listing.Manifest),
                listing.Manifest.Created, new DateTimeOffset(listing.LastUsed, TimeSpan.Zero), MemorySize.FromBytes(listing.Allocated))),
    ];

    /// <summary>Opens a checkpoint that was taken with a name, by this process or another.</summary>
    /// <param name="nameOrId">Its name, or its <see cref="Checkpoint.Id"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The newest one with that name, which the caller disposes; <see langword="null"/> when there is none that can be used.
    /// </returns>
    /// <exception cref="CheckpointException">The record of the checkpoint is missing or damaged.</exception>
    /// <exception cref="HostUnsupportedException">QEMU, the guest or the translator that it takes is missing.</exception>
    /// <exception cref="StorageException">The cache can't be read or written.</exception>
    public async Task<Checkpoint?> OpenCheckpointAsync(string nameOrId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrId);
        foreach (CheckpointListing listing in ListCheckpoints().Where(listing => listing.Name == nameOrId || listing.Id == nameOrId))
        {
            if (await Engine.Snapshots.TryOpenAsync(
                ToSnapshotName(listing.Id), cancellationToken).ConfigureAwait(false) is not { } snapshot)
                continue;

            try
            {
                CheckpointRecord record = CheckpointRecord.Read(snapshot.Files.Directory);
                return new Checkpoint(Engine, snapshot, record.ToBlueprint(Engine), timeline: null, static fork => fork);
            }
            catch (Exception exception)
            {
                snapshot.Dispose();
                if (exception is SnapshotException)
                    throw new CheckpointException(exception.Message, exception);
                throw;
            }
        }

        return null;
    }

    /// <summary>Removes a checkpoint from the cache.</summary>
    /// <param name="id">Its <see cref="Checkpoint.Id"/>. It is no error if the checkpoint is gone already.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CheckpointInUseException">A container, or another checkpoint, is based on it.</exception>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public Task DeleteCheckpointAsync(string id, CancellationToken cancellationToken = default) =>
        CheckpointSnapshots.DeleteAsync(Engine.Snapshots, ToSnapshotName(id), cancellationToken);

    private static SnapshotName ToSnapshotName(string id) => new(SnapshotKind.Checkpoint, SnapshotKey.Parse(id));
}

/// <summary>A checkpoint in a list of them.</summary>
/// <param name="Id">Its id, by which it can be opened.</param>
/// <param name="Name">Its name, if it was given one.</param>
/// <param name="Image">The image of the container that the checkpoint was taken of.</param>
/// <param name="Created">The time at which it was taken.</param>
/// <param name="LastUsed">The time of the last start from it, or else the time at which it was taken.</param>
/// <param name="SizeOnDisk">The space it takes on the disk.</param>
public sealed record CheckpointListing(
    string Id, string? Name, string Image, DateTimeOffset Created, DateTimeOffset LastUsed, MemorySize SizeOnDisk);
