using Islet.Values;

using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>The kind of file, as in the upper four bits of the mode and in a directory entry.</summary>
internal readonly record struct InodeKind(ushort ModeBits, byte DirectoryEntryType)
{
    public static InodeKind Of(FileNode node) => node switch
    {
        RegularFileNode => new(0x8000, 1),
        DirectoryNode => Directory,
        SymbolicLinkNode => new(0xA000, 7),
        SpecialFileNode { Kind: SpecialFileKind.CharacterDevice } => new(0x2000, 3),
        SpecialFileNode { Kind: SpecialFileKind.BlockDevice } => new(0x6000, 4),
        _ => new(0x1000, 5),
    };

    public static InodeKind Directory => new(0x4000, 2);
}

/// <summary>One entry of the inode table: <c>struct ext4_inode</c> (kernel documentation, ext4, "Index Nodes").</summary>
internal ref struct Inode
{
    public const int XattrSpaceOffset = 128 + ExtraSize;

    private const int ExtraSize = 32;
    private const uint ExtentsFlag = 0x80000;

    public required ushort Mode;
    public required FileMetadata Metadata;
    public required int Links;
    public required long Size;

    /// <summary>The number of the disk's blocks that the inode uses: content, extent tree, attributes.</summary>
    public required long Blocks;

    /// <summary>The extent tree's root, a short symbolic link's target, or a device number.</summary>
    public required ReadOnlySpan<byte> BlockField;

    public required bool HasExtents;

    /// <summary>The block of extended attributes; 0 for none.</summary>
    public required long AttributeBlock;

    /// <summary>The extended attributes inside the inode; empty for none.</summary>
    public required ReadOnlySpan<byte> Attributes;

    /// <summary>
    /// Returns the start of all checksums that belong to an inode, made of the filesystem's seed, the number and the generation (0).
    /// </summary>
    public static uint Seed(uint filesystemSeed, uint number) =>
        Crc32C.Append(Crc32C.Append(filesystemSeed, number), 0u);

    public readonly void WriteTo(Span<byte> inode, uint seed)
    {
        inode.Put16(0x00, Mode);
        inode.PutSplit16(0x02, 0x78, Metadata.UserId);
        inode.PutSplit16(0x18, 0x7A, Metadata.GroupId);
        inode.PutSplit32(0x04, 0x6C, Size);
        WriteTime(inode, 0x08, 0x8C, Metadata.Accessed);
        WriteTime(inode, 0x0C, 0x84, Metadata.Changed);
        WriteTime(inode, 0x10, 0x88, Metadata.Modified);
        WriteTime(inode, 0x90, 0x94, Metadata.Modified);
        inode.Put16(0x1A, Links);
        // The field counts sectors of 512 bytes; 48 bits with huge_file.
        long sectors = Blocks * (BlockSize / 512);
        inode.Put32(0x1C, (uint)sectors);
        inode.Put16(0x74, (int)(sectors >> 32));
        inode.Put32(0x20, HasExtents ? ExtentsFlag : 0);
        BlockField.CopyTo(inode[0x28..]);
        inode.Put32(0x68, (uint)AttributeBlock);
        inode.Put16(0x76, (int)(AttributeBlock >> 32));
        inode.Put16(0x80, ExtraSize);
        Attributes.CopyTo(inode[XattrSpaceOffset..]);
        inode.PutSplit16(0x7C, 0x82, Crc32C.Append(seed, inode[..InodeSize]));
    }

    private static void WriteTime(Span<byte> inode, int offset, int extraOffset, Timestamp time)
    {
        // The field has 34 bits of seconds, counted from 1901: a time outside becomes the nearest one that can be stored.
        long seconds = Math.Clamp(time.Seconds, int.MinValue, (1L << 34) + int.MinValue - 1);
        uint epoch = (uint)((seconds - (int)seconds) >> 32) & 3;
        inode.Put32(offset, (uint)seconds);
        inode.Put32(extraOffset, (time.Nanoseconds << 2) | epoch);
    }
}
