using Islet.Disks.Ext4;
using Islet.Values;

namespace Islet.Disks;

/// <summary>The metadata of an inode, apart from its kind and its content.</summary>
/// <param name="Permissions">The lower twelve bits of the mode: rwx for user, group and others, setuid, setgid, sticky.</param>
/// <param name="UserId">The owner's id, all 32 bits.</param>
/// <param name="GroupId">The group's id, all 32 bits.</param>
/// <param name="Modified">The time of the last modification, mtime.</param>
internal readonly record struct FileMetadata(ushort Permissions, uint UserId, uint GroupId, Timestamp Modified)
{
    /// <summary>
    /// The metadata of a directory that no entry describes, as mkdir -p by root would create it. The epoch keeps the disk deterministic.
    /// </summary>
    public static FileMetadata ImplicitDirectory { get; } = new(0b111_101_101, 0, 0, default);

    /// <summary>The metadata that few inodes have; kept apart, so that a million inodes stay small.</summary>
    public RareMetadata? Rare { get; init; }

    public Timestamp Accessed => Rare?.Accessed ?? Modified;

    public Timestamp Changed => Rare?.Changed ?? Modified;

    public IReadOnlyList<Xattr> Attributes => Rare?.Attributes ?? [];
}

/// <summary>Times that differ from mtime, and extended attributes.</summary>
internal sealed record RareMetadata(Timestamp? Accessed, Timestamp? Changed, IReadOnlyList<Xattr> Attributes);
