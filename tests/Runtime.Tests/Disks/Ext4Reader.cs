using System.Buffers.Binary;
using System.Text;

namespace Islet.Tests.Disks;

/// <summary>The file that the reader found at one path. Names, targets and attribute names are Latin-1.</summary>
internal sealed record Ext4File
{
    public required uint Inode { get; init; }

    /// <summary>The kind and permissions, as in st_mode.</summary>
    public required int Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required int Links { get; init; }

    public required long Size { get; init; }

    public required (long Seconds, uint Nanoseconds) Modified { get; init; }

    public required (long Seconds, uint Nanoseconds) Accessed { get; init; }

    public required (long Seconds, uint Nanoseconds) Changed { get; init; }

    public required (uint Major, uint Minor) Device { get; init; }

    public required IReadOnlyDictionary<string, byte[]> Attributes { get; init; }

    public required IReadOnlyList<(uint Logical, long Physical, int Length)> Extents { get; init; }

    public required int ExtentDepth { get; init; }

    public string Target { get; init; } = "";

    public bool IsDirectory => (Mode & 0xF000) == 0x4000;

    public bool IsRegular => (Mode & 0xF000) == 0x8000;
}

/// <summary>
/// Reads an ext4 filesystem without any part of the code under test: written from the kernel's documentation, slow and simple. Checksums
/// are left to e2fsck.
/// </summary>
internal sealed class Ext4Reader : IDisposable
{
    private const int BlockSize = 4096;

    private readonly FileStream _disk;
    private readonly long[] _inodeTables;
    private readonly uint _inodesPerGroup;

    public Ext4Reader(string path)
    {
        _disk = File.OpenRead(path);
        byte[] superblock = ReadAt(1024, 1024);
        if (Get16(superblock, 0x38) != 0xEF53)
            throw new InvalidDataException("There is no superblock.");

        _inodesPerGroup = Get32(superblock, 0x28);
        long blocks = Get32(superblock, 0x04) | ((long)Get32(superblock, 0x150) << 32);
        Blocks = blocks;
        Uuid = superblock[0x68..0x78];
        int groups = (int)(blocks / Get32(superblock, 0x20));
        byte[] descriptors = ReadAt(BlockSize, groups * 64);
        _inodeTables = [.. Enumerable.Range(0, groups).Select(group =>
            Get32(descriptors, (group * 64) + 8) | ((long)Get32(descriptors, (group * 64) + 0x28) << 32))];
    }

    public long Blocks { get; }

    public byte[] Uuid { get; }

    /// <summary>Returns all files by their paths; the path of the root is empty.</summary>
    public SortedDictionary<string, Ext4File> ReadTree()
    {
        var tree = new SortedDictionary<string, Ext4File>(StringComparer.Ordinal);
        var pending = new Stack<(string Path, uint Inode)>();
        pending.Push(("", 2));
        while (pending.TryPop(out (string Path, uint Inode) next))
        {
            Ext4File file = ReadInode(next.Inode);
            tree.Add(next.Path, file);
            if (!file.IsDirectory)
                continue;

            foreach ((string name, uint inode) in ReadDirectory(file))
                pending.Push((next.Path.Length == 0 ? name : next.Path + "/" + name, inode));
        }

        return tree;
    }

    public byte[] ReadContent(Ext4File file)
    {
        byte[] content = new byte[file.Size];
        foreach ((uint logical, long physical, int length) in file.Extents)
        {
            byte[] part = ReadAt(physical * BlockSize, length * BlockSize);
            long offset = (long)logical * BlockSize;
            part.AsSpan(0, (int)Math.Min(part.Length, file.Size - offset)).CopyTo(content.AsSpan((int)offset));
        }

        return content;
    }

    public void Dispose() => _disk.Dispose();

    private List<(string Name, uint Inode)> ReadDirectory(Ext4File directory)
    {
        List<(string Name, uint Inode)> entries = [];
        byte[] content = ReadContent(directory);
        for (int offset = 0; offset < content.Length; offset += Get16(content, offset + 4))
        {
            uint inode = Get32(content, offset);
            string name = Encoding.Latin1.GetString(content, offset + 8, content[offset + 6]);
            if (inode != 0 && name is not ("." or ".."))
                entries.Add((name, inode));
        }

        return entries;
    }

    private Ext4File ReadInode(uint number)
    {
        uint index = number - 1;
        byte[] inode = ReadAt((_inodeTables[index / _inodesPerGroup] * BlockSize) + (index % _inodesPerGroup * 256), 256);
        int mode = Get16(inode, 0);
        long size = Get32(inode, 4) | ((long)Get32(inode, 0x6C) << 32);
        bool isLink = (mode & 0xF000) == 0xA000;
        List<(uint Logical, long Physical, int Length)> extents = [];
        int depth = 0;
        if ((Get32(inode, 0x20) & 0x80000) != 0)
            depth = ReadExtents(inode.AsSpan(0x28, 60).ToArray(), extents);

        var file = new Ext4File
        {
            Inode = number,
            Mode = mode,
            Uid = Get16(inode, 2) | ((uint)Get16(inode, 0x78) << 16),
            Gid = Get16(inode, 0x18) | ((uint)Get16(inode, 0x7A) << 16),
            Links = Get16(inode, 0x1A),
            Size = size,
            Accessed = ReadTime(inode, 0x08, 0x8C),
            Changed = ReadTime(inode, 0x0C, 0x84),
            Modified = ReadTime(inode, 0x10, 0x88),
            Device = (mode & 0xF000) is 0x2000 or 0x6000 ? ReadDevice(inode) : default,
            Attributes = ReadAttributes(inode),
            Extents = extents,
            ExtentDepth = depth,
        };
        if (!isLink)
            return file;

        byte[] target = extents.Count == 0 ? inode.AsSpan(0x28, (int)size).ToArray() : ReadContent(file);
        return file with { Target = Encoding.Latin1.GetString(target) };
    }

    private int ReadExtents(byte[] node, List<(uint Logical, long Physical, int Length)> extents)
    {
        int depth = Get16(node, 6);
        for (int i = 0; i < Get16(node, 2); i++)
        {
            int entry = 12 + (i * 12);
            if (depth == 0)
                extents.Add((Get32(node, entry), Get32(node, entry + 8) | ((long)Get16(node, entry + 6) << 32), Get16(node, entry + 4)));
            else
                ReadExtents(ReadAt((Get32(node, entry + 4) | ((long)Get16(node, entry + 8) << 32)) * BlockSize, BlockSize), extents);
        }

        return depth;
    }

    private Dictionary<string, byte[]> ReadAttributes(byte[] inode)
    {
        Dictionary<string, byte[]> attributes = [];
        int start = 128 + Get16(inode, 0x80);
        if (Get32(inode, start) == 0xEA020000)
            ReadAttributes(inode, start + 4, start + 4, attributes);

        long block = Get32(inode, 0x68) | ((long)Get16(inode, 0x76) << 32);
        if (block != 0)
            ReadAttributes(ReadAt(block * BlockSize, BlockSize), 32, 0, attributes);
        return attributes;
    }

    private static void ReadAttributes(byte[] area, int entry, int valueBase, Dictionary<string, byte[]> attributes)
    {
        string[] prefixes = ["", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "?", "security.", "system."];
        for (; Get32(area, entry) != 0; entry += (16 + area[entry] + 3) & ~3)
        {
            string name = prefixes[area[entry + 1]] + Encoding.Latin1.GetString(area, entry + 16, area[entry]);
            int size = (int)Get32(area, entry + 8);
            attributes.Add(name, area.AsSpan(valueBase + Get16(area, entry + 2), size).ToArray());
        }
    }

    private static (uint Major, uint Minor) ReadDevice(byte[] inode)
    {
        uint old = Get32(inode, 0x28);
        uint device = Get32(inode, 0x2C);
        return old != 0 || device == 0
            ? (old >> 8, old & 0xFF)
            : ((device >> 8) & 0xFFF, (device & 0xFF) | ((device >> 12) & ~0xFFu));
    }

    private static (long Seconds, uint Nanoseconds) ReadTime(byte[] inode, int offset, int extraOffset)
    {
        uint extra = Get32(inode, extraOffset);
        return ((int)Get32(inode, offset) + ((long)(extra & 3) << 32), extra >> 2);
    }

    private byte[] ReadAt(long offset, int length)
    {
        byte[] bytes = new byte[length];
        _disk.Position = offset;
        _disk.ReadExactly(bytes);
        return bytes;
    }

    private static ushort Get16(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(offset));

    private static uint Get32(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));
}
