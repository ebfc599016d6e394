using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Encodes a file's extents (kernel documentation, ext4, "Extent Tree"): up to four in the inode itself, more in a tree of
/// blocks whose root is the inode. The tree is built from the leaves up and each of its blocks is filled.
/// </summary>
internal static class ExtentTree
{
    public const int RootSize = 60;
    public const int EntriesInRoot = 4;

    /// <summary>The number of entries that fit between a block's header of 12 bytes and its checksum of 4.</summary>
    public const int EntriesInBlock = (BlockSize - HeaderSize - 4) / EntrySize;

    private const int HeaderSize = 12;
    private const int EntrySize = 12;

    /// <summary>Writes a root without blocks below it: at most four extents.</summary>
    public static void WriteRoot(Span<byte> root, ReadOnlySpan<Extent> extents) => WriteNode(root, extents, EntriesInRoot, depth: 0);

    /// <summary>Writes the root, and, if four entries are not enough, the blocks below it.</summary>
    /// <param name="extents">The extents, in ascending logical order.</param>
    /// <param name="root">The inode's 60 bytes.</param>
    /// <param name="inodeSeed">The inode's checksum seed.</param>
    /// <param name="allocate">Allocates a block for the tree.</param>
    /// <param name="disk">The disk that the blocks are written to.</param>
    /// <returns>The number of blocks of the tree, without the root.</returns>
    public static int Write(ReadOnlySpan<Extent> extents, Span<byte> root, uint inodeSeed, Func<long> allocate, DiskWriter disk)
    {
        int blocks = 0;
        int depth = 0;
        List<Extent> level = [.. extents];
        while (level.Count > EntriesInRoot)
        {
            level = WriteLevel(level, depth, inodeSeed, allocate, disk);
            blocks += level.Count;
            depth++;
        }

        WriteNode(root, [.. level], EntriesInRoot, depth);
        return blocks;
    }

    /// <summary>Writes one level's blocks and returns the entries that point to them: logical start and block, without a length.</summary>
    private static List<Extent> WriteLevel(List<Extent> entries, int depth, uint inodeSeed, Func<long> allocate, DiskWriter disk)
    {
        List<Extent> above = [];
        foreach (Extent[] chunk in entries.Chunk(EntriesInBlock))
        {
            long block = allocate();
            Span<byte> content = disk.Block(block);
            WriteNode(content, chunk, EntriesInBlock, depth);
            int checksum = HeaderSize + (EntriesInBlock * EntrySize);
            content.Put32(checksum, Crc32C.Append(inodeSeed, content[..checksum]));
            above.Add(new Extent(block, chunk[0].Logical, 0));
        }

        return above;
    }

    private static void WriteNode(Span<byte> node, ReadOnlySpan<Extent> entries, int capacity, int depth)
    {
        node.Put16(0, 0xF30A);
        node.Put16(2, entries.Length);
        node.Put16(4, capacity);
        node.Put16(6, depth);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = node.Slice(HeaderSize + (i * EntrySize), EntrySize);
            entry.Put32(0, entries[i].Logical);
            if (depth == 0)
            {
                entry.Put16(4, entries[i].Length);
                entry.Put16(6, (int)(entries[i].Physical >> 32));
                entry.Put32(8, (uint)entries[i].Physical);
            }
            else
            {
                entry.Put32(4, (uint)entries[i].Physical);
                entry.Put16(8, (int)(entries[i].Physical >> 32));
            }
        }
    }
}
