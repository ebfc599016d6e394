using Islet.Values;

namespace Islet.Tar;

// Turns a header block and the extended headers before it into an entry.
internal sealed partial class TarStreamReader
{
    private TarEntry ToEntry(TarHeader header)
    {
        byte[] name = _local["GNU.sparse.name"] ?? _local["path"] ?? _longName ?? header.Name;
        CurrentName = name;
        return ToEntry(header, TypeOf(header, name), name);
    }

    private TarEntry ToEntry(TarHeader header, TarEntryType type, byte[] name)
    {
        long stored = 0;
        long size = 0;
        List<StoredRegion> regions = [];
        // Only regular files have content, whatever the size field of another type says (GNU tar and Go agree on this).
        if (header.TypeFlag is 0 or (byte)'0' or (byte)'7' or (byte)'S')
        {
            stored = _local["size"] is { } text ? TarNumber.ParseDecimal(text, "size") : header.StoredSize;
            if (stored is < 0 or > long.MaxValue - TarHeader.Size)
                throw new TarException("The header's size is negative or beyond all measure.");
            size = ReadLayout(header, stored, regions);
        }

        return new TarEntry
        {
            Type = type,
            Name = name,
            LinkName = _local["linkpath"] ?? _longLinkName ?? header.LinkName,
            Size = type == TarEntryType.RegularFile ? size : 0,
            Regions = regions,
            Permissions = header.Permissions,
            UserId = Id(_local["uid"] is { } uid ? TarNumber.ParseDecimal(uid, "owner") : header.UserId, "owner"),
            GroupId = Id(_local["gid"] is { } gid ? TarNumber.ParseDecimal(gid, "group") : header.GroupId, "group"),
            Modified = Time("mtime") ?? new Timestamp(header.Modified, 0),
            Accessed = Time("atime"),
            Changed = Time("ctime"),
            Attributes = _local.ExtendedAttributes(),
            DeviceMajor = Id(type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? header.DeviceMajor : 0, "device number"),
            DeviceMinor = Id(type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? header.DeviceMinor : 0, "device number"),
        };
    }

    /// <summary>Positions the reader at the stored content, adds the stored regions, and returns the file's real size.</summary>
    private long ReadLayout(TarHeader header, long stored, List<StoredRegion> regions)
    {
        if (header.TypeFlag == (byte)'S')
        {
            long realSize = header.SparseRealSize;
            SparseMap.ParseOldEntries(header.SparseMap, regions);
            // The blocks that continue the map are between header and content and do not count in the size.
            bool more = header.SparseMapContinues;
            byte[] block = new byte[TarHeader.Size];
            for (int total = 0; more; total += block.Length)
            {
                if (total >= SparseMap.MaximumBytes)
                    throw new TarException("A sparse file's map is too long.");
                ReadExactly(block);
                SparseMap.ParseOldEntries(block.AsSpan(0, 21 * 24), regions);
                more = block[504] != 0;
            }

            BeginContent(stored);
            SparseMap.Validate(regions, stored, realSize);
            return realSize;
        }

        BeginContent(stored);
        List<StoredRegion>? map = _local["GNU.sparse.major"] is [(byte)'1']
            ? SparseMap.FromContent(block => ReadContent(block))
            : SparseMap.FromRecords(_local);
        if (map is null)
        {
            if (stored > 0)
                regions.Add(new StoredRegion(0, stored));
            return stored;
        }

        byte[] real = _local["GNU.sparse.realsize"] ?? _local["GNU.sparse.size"]
            ?? throw new TarException("A sparse file's size is missing.");
        long size = TarNumber.ParseDecimal(real, "size");
        regions.AddRange(map);
        SparseMap.Validate(regions, _unread, size);
        return size;
    }

    private Timestamp? Time(string key) => _local[key] is { } text ? TarNumber.ParseTime(text, key) : null;

    private static uint Id(long value, string what) => value is >= 0 and <= uint.MaxValue
        ? (uint)value
        : throw new TarException($"The header's {what} is not a number of 32 bits.");

    private static TarEntryType TypeOf(TarHeader header, byte[] name) => header.TypeFlag switch
    {
        // Before there was a type for directories, a slash at the end of the name marked one.
        0 or (byte)'0' when name is [.., (byte)'/'] => TarEntryType.Directory,
        0 or (byte)'0' or (byte)'7' or (byte)'S' => TarEntryType.RegularFile,
        (byte)'1' => TarEntryType.HardLink,
        (byte)'2' => TarEntryType.SymbolicLink,
        (byte)'3' => TarEntryType.CharacterDevice,
        (byte)'4' => TarEntryType.BlockDevice,
        (byte)'5' => TarEntryType.Directory,
        (byte)'6' => TarEntryType.NamedPipe,
        byte other => throw new TarException($"The archive has an entry of the unknown type 0x{other:x2}."),
    };
}
