using Islet.Disks.Ext4;
using Islet.Values;

namespace Islet.Disks;

/// <summary>What an inode says about itself, apart from its kind and its content.</summary>
/// <param name="Permissions">The lower twelve bits of the mode: rwx for three, setuid, setgid, sticky.</param>
/// <param name="UserId">The owner, all 32 bits.</param>
/// <param name="GroupId">The group, all 32 bits.</param>
/// <param name="Modified">mtime.</param>
internal readonly record struct FileMetadata(ushort Permissions, uint UserId, uint GroupId, Timestamp Modified)
{
    /// <summary>A directory that no entry describes, as mkdir -p by root would make it; the epoch keeps the disk deterministic.</summary>
    public static FileMetadata ImplicitDirectory { get; } = new(0b111_101_101, 0, 0, default);

    /// <summary>What few inodes have; apart, so that a million inodes stay small.</summary>
    public RareMetadata? Rare { get; init; }

    public Timestamp Accessed => Rare?.Accessed ?? Modified;

    public Timestamp Changed => Rare?.Changed ?? Modified;

    public IReadOnlyList<Xattr> Attributes => Rare?.Attributes ?? [];
}

/// <summary>Times that differ from mtime, and extended attributes.</summary>
internal sealed record RareMetadata(Timestamp? Accessed, Timestamp? Changed, IReadOnlyList<Xattr> Attributes);
