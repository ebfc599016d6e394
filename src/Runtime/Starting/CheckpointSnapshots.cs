using Islet.Snapshots;

namespace Islet.Starting;

/// <summary>The snapshots of checkpoints: their names, their descriptions, their removal.</summary>
internal static class CheckpointSnapshots
{
    private const string NameKey = "name";
    private const string ImageKey = "image";

    /// <summary>Returns the name of a snapshot that is still to be taken.</summary>
    public static SnapshotName NewName() => new(SnapshotKind.Checkpoint, SnapshotKey.NewRandom());

    /// <summary>Returns the name that the caller gave a checkpoint, if there is one.</summary>
    public static string? NameOf(SnapshotManifest manifest) => manifest.Metadata.GetValueOrDefault(NameKey);

    /// <summary>Returns the image of the container that a checkpoint was taken of.</summary>
    public static string ImageOf(SnapshotManifest manifest) => manifest.Metadata.GetValueOrDefault(ImageKey, "");

    /// <summary>Describes a snapshot of a container.</summary>
    /// <param name="blueprint">The description of the container.</param>
    /// <param name="baseSnapshot">The snapshot that the container is based on, if it is based on one.</param>
    /// <param name="name">The caller's name for the checkpoint.</param>
    /// <param name="isTemporary">Whether the snapshot goes when its last user does.</param>
    /// <param name="shape">The shape of the machine.</param>
    public static SnapshotDescription Describe(
        ContainerBlueprint blueprint, SnapshotLease? baseSnapshot, string? name, bool isTemporary, string shape)
    {
        var metadata = new Dictionary<string, string> { [ImageKey] = blueprint.Options.Image.ToString()! };
        if (name is not null)
            metadata[NameKey] = name;
        return new SnapshotDescription
        {
            Shape = shape,
            DiskBase = new DiskBase(blueprint.Machine.RootDisk!.Path, blueprint.ImageDigest.ToString()),
            Parent = baseSnapshot?.Name,
            IsTemporary = isTemporary,
            Metadata = metadata,
        };
    }

    /// <summary>Removes the older checkpoints of a name: like a tag, it belongs to the checkpoint that got it last.</summary>
    public static async Task RemoveOlderAsync(SnapshotStore store, string name, SnapshotLease newest)
    {
        foreach (SnapshotListing older in store.List())
        {
            if (older.Manifest.Name != newest.Name && NameOf(older.Manifest) == name)
                await store.RemoveWhenUnusedAsync(older.Manifest.Name).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a checkpoint now.</summary>
    /// <exception cref="CheckpointInUseException">A container, or another checkpoint, is based on it.</exception>
    public static async Task DeleteAsync(SnapshotStore store, SnapshotName name, CancellationToken cancellationToken)
    {
        SnapshotRemoval removal = await store.RemoveAsync(name, cancellationToken).ConfigureAwait(false);
        if (removal is SnapshotRemoval.InUse or SnapshotRemoval.IsBase)
        {
            throw new CheckpointInUseException(
                $"The checkpoint {name.Key.ToString()[..12]} can't be deleted: "
                + (removal == SnapshotRemoval.InUse
                    ? "a container that was started from it still exists. Dispose it first."
                    : "another checkpoint is based on it. Delete that one first."));
        }
    }
}
