using Islet.Values;

namespace Islet.Tar;

/// <summary>The kind of file that an entry describes.</summary>
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

/// <summary>A part of a file that is stored in the archive; the space between two parts is a hole.</summary>
internal readonly record struct StoredRegion(long Offset, long Length);

/// <summary>One member of an archive. A reader returns it with all changes of the extended headers applied.</summary>
internal sealed record TarEntry
{
    public required TarEntryType Type { get; init; }

    /// <summary>The name as stored, not yet checked: it may be absolute, contain <c>..</c>, or end in a slash.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The target of a hard or symbolic link.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>The lower twelve bits of the mode: rwx for user, group and others, setuid, setgid, sticky.</summary>
    public required ushort Permissions { get; init; }

    /// <summary>The owner's id, all 32 bits.</summary>
    public uint UserId { get; init; }

    /// <summary>The group's id, all 32 bits.</summary>
    public uint GroupId { get; init; }

    public Timestamp Modified { get; init; }

    /// <summary>The time of the last access, atime, if the archive has it.</summary>
    public Timestamp? Accessed { get; init; }

    /// <summary>The time of the last change, ctime, if the archive has it.</summary>
    public Timestamp? Changed { get; init; }

    /// <summary>The extended attributes, not yet checked.</summary>
    public IReadOnlyList<ExtendedAttribute> Attributes { get; init; } = [];

    /// <summary>The file's size in bytes, holes included; 0 unless it is a regular file.</summary>
    public long Size { get; init; }

    /// <summary>The regions that <see cref="TarStreamReader.ReadContent"/> returns, one after another.</summary>
    public IReadOnlyList<StoredRegion> Regions { get; init; } = [];

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }
}
