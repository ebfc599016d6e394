using Islet.Values;

namespace Islet.Tar;

/// <summary>What kind of file an entry describes.</summary>
internal enum TarEntryType
{
    RegularFile,
    HardLink,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Directory,
    NamedPipe,
}

/// <summary>A part of a file that is stored in the archive; what lies between two parts is a hole.</summary>
internal readonly record struct StoredRegion(long Offset, long Length);

/// <summary>One member of an archive. A reader gives what it is after everything that extended headers change about it.</summary>
internal sealed record TarEntry
{
    public required TarEntryType Type { get; init; }

    /// <summary>The name as stored, not yet judged: it may be absolute, hold <c>..</c>, or end in a slash.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Where a hard or symbolic link leads.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>The lower twelve bits of the mode: rwx for three, setuid, setgid, sticky.</summary>
    public required ushort Permissions { get; init; }

    /// <summary>The owner, all 32 bits.</summary>
    public uint UserId { get; init; }

    /// <summary>The group, all 32 bits.</summary>
    public uint GroupId { get; init; }

    public Timestamp Modified { get; init; }

    /// <summary>atime, where the archive gives it.</summary>
    public Timestamp? Accessed { get; init; }

    /// <summary>ctime, where the archive gives it.</summary>
    public Timestamp? Changed { get; init; }

    /// <summary>The extended attributes, as yet unjudged.</summary>
    public IReadOnlyList<ExtendedAttribute> Attributes { get; init; } = [];

    /// <summary>The file's size in bytes, holes included; 0 unless it is a regular file.</summary>
    public long Size { get; init; }

    /// <summary>What <see cref="TarStreamReader.ReadContent"/> gives, one region after the other.</summary>
    public IReadOnlyList<StoredRegion> Regions { get; init; } = [];

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }
}
