using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Writes a directory's entries (kernel documentation, ext4, "Directory Entries"): a plain list, block after block, each with the
/// checksum tail at its end.
/// </summary>
internal ref struct DirectoryBlocks
{
    private const int HeaderSize = 8;
    private const int TailSize = 12;
    private const int Usable = BlockSize - TailSize;

    private readonly DiskWriter _disk;
    private readonly uint _inodeSeed;
    private ReadOnlySpan<Extent> _extents;
    private int _blockInExtent;
    private Span<byte> _block;
    private int _offset;
    private int _lastEntry;

    /// <summary>Begins a directory. Until its last block has ended, no other code may write to the disk.</summary>
    public DirectoryBlocks(DiskWriter disk, ReadOnlySpan<Extent> extents, uint inodeSeed)
    {
        _disk = disk;
        _extents = extents;
        _inodeSeed = inodeSeed;
        _block = disk.Block(extents[0].Physical);
    }

    /// <summary>Returns the number of blocks that the entries need, <c>.</c> and <c>..</c> included.</summary>
    public static int Count(ReadOnlySpan<KeyValuePair<byte[], DirectoryLink>> entries)
    {
        int blocks = 1;
        int offset = EntrySize(1) + EntrySize(2);
        foreach ((byte[] name, _) in entries)
        {
            int size = EntrySize(name.Length);
            if (offset + size > Usable)
            {
                blocks++;
                offset = 0;
            }

            offset += size;
        }

        return blocks;
    }

    public void Add(ReadOnlySpan<byte> name, uint inode, InodeKind kind)
    {
        int size = EntrySize(name.Length);
        if (_offset + size > Usable)
            NextBlock();

        Span<byte> entry = _block.Slice(_offset, size);
        entry.Put32(0, inode);
        entry.Put16(4, size);
        entry[6] = checked((byte)name.Length);
        entry[7] = kind.DirectoryEntryType;
        name.CopyTo(entry[HeaderSize..]);
        _lastEntry = _offset;
        _offset += size;
    }

    /// <summary>Ends a block. Its last entry reaches to the tail, which is an entry of inode 0 with a checksum for a name.</summary>
    public readonly void EndBlock()
    {
        _block.Put16(_lastEntry + 4, Usable - _lastEntry);
        Span<byte> tail = _block[Usable..];
        tail.Put16(4, TailSize);
        tail[7] = 0xDE;
        tail.Put32(8, Crc32C.Append(_inodeSeed, _block[..Usable]));
    }

    private void NextBlock()
    {
        EndBlock();
        _offset = 0;
        if (++_blockInExtent == _extents[0].Length)
        {
            _extents = _extents[1..];
            _blockInExtent = 0;
        }

        _block = _disk.Block(_extents[0].Physical + _blockInExtent);
    }

    private static int EntrySize(int nameLength) => (HeaderSize + nameLength + 3) & ~3;
}
