namespace Islet.Filesystems.Tar;

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

/// <summary>One member of an archive, after everything that extended headers change about it.</summary>
internal sealed record TarEntry
{
    public required TarEntryType Type { get; init; }

    /// <summary>The name as stored, not yet judged: it may be absolute, hold <c>..</c>, or end in a slash.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Where a hard or symbolic link leads.</summary>
    public required byte[] LinkName { get; init; }

    public required FileMetadata Metadata { get; init; }

    /// <summary>The extended attributes, as yet unjudged.</summary>
    public required IReadOnlyList<ExtendedAttribute> Attributes { get; init; }

    /// <summary>The file's size in bytes, holes included; 0 unless it is a regular file.</summary>
    public required long Size { get; init; }

    /// <summary>What <see cref="TarStreamReader.ReadContent"/> gives, one region after the other.</summary>
    public required IReadOnlyList<StoredRegion> Regions { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }
}
