namespace Islet.Guest.Files;

/// <summary>The types of an archive's entries: the type flags of ustar (POSIX.1-2017, pax, "ustar Interchange Format").</summary>
internal static class TarType
{
    public const byte OldFile = 0, File = (byte)'0', HardLink = (byte)'1', SymbolicLink = (byte)'2', CharacterDevice = (byte)'3',
        BlockDevice = (byte)'4', Directory = (byte)'5', Fifo = (byte)'6', ContiguousFile = (byte)'7';

    /// <summary>Pax records for the next entry, and pax records for all entries that follow.</summary>
    public const byte Records = (byte)'x', GlobalRecords = (byte)'g';

    /// <summary>GNU's types for the name of the next entry, and for the target of its link.</summary>
    public const byte LongName = (byte)'L', LongLink = (byte)'K';

    /// <summary>GNU's type for the name of the archive itself.</summary>
    public const byte VolumeLabel = (byte)'V';
}

/// <summary>One entry of an archive, without its content. Names, link targets and attributes are bytes: nothing in here is text.</summary>
internal sealed class TarEntry
{
    public required byte[] Name { get; set; }

    public required byte Type { get; set; }

    public byte[] LinkName { get; set; } = [];

    /// <summary>Permissions with the set-id and sticky bits.</summary>
    public uint Mode { get; set; }

    public uint User { get; set; }

    public uint Group { get; set; }

    public long Size { get; set; }

    public long ModifiedSeconds { get; set; }

    public uint ModifiedNanoseconds { get; set; }

    public uint DeviceMajor { get; set; }

    public uint DeviceMinor { get; set; }

    public List<(byte[] Name, byte[] Value)> Attributes { get; set; } = [];
}
