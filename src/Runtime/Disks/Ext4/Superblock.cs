using System.Buffers.Binary;
using System.Text;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>The superblock (kernel documentation, ext4, "Super Block").</summary>
internal sealed record Superblock
{
    public const int Size = 1024;

    /// <summary>The superblock's offset in the first block of the disk. The copies lie at the start of their block.</summary>
    public const int PrimaryOffset = 1024;

    private const int ChecksumOffset = 0x3FC;
    private const ushort Magic = 0xEF53;

    public required Ext4Identity Identity { get; init; }

    public required int Groups { get; init; }

    public required int InodesPerGroup { get; init; }

    public required long FreeBlocks { get; init; }

    public required long FreeInodes { get; init; }

    public long Blocks => (long)Groups * BlocksPerGroup;

    /// <summary>
    /// The number of blocks that no file can have, as the kernel counts them: superblocks, descriptors, bitmaps and inode tables. A kernel
    /// that finds another number here writes its own, at once, in the middle of the mount.
    /// </summary>
    private long Overhead
    {
        get
        {
            int superblocks = Enumerable.Range(0, Groups).Count(HasSuperblock);
            return ((long)superblocks * (1 + DescriptorBlocks)) + ((long)Groups * (2 + (InodesPerGroup / InodesPerBlock)));
        }
    }

    private int DescriptorBlocks => (Groups + DescriptorsPerBlock - 1) / DescriptorsPerBlock;

    public void WriteTo(Span<byte> superblock, int group)
    {
        superblock.Clear();
        superblock.Put32(0x00, (uint)(Groups * InodesPerGroup));
        superblock.PutSplit32(0x04, 0x150, Blocks);
        superblock.PutSplit32(0x0C, 0x158, FreeBlocks);
        superblock.Put32(0x10, (uint)FreeInodes);
        superblock.Put32(0x18, 2); // block size: 1024 << 2
        superblock.Put32(0x1C, 2); // cluster size
        superblock.Put32(0x20, BlocksPerGroup);
        superblock.Put32(0x24, BlocksPerGroup);
        superblock.Put32(0x28, (uint)InodesPerGroup);
        superblock.Put16(0x36, 0xFFFF); // no limit on mounts between checks
        superblock.Put16(0x38, Magic);
        superblock.Put16(0x3A, 1); // cleanly unmounted
        superblock.Put16(0x3C, 1); // continue after errors
        superblock.Put32(0x4C, 1); // revision with variable inode sizes
        superblock.Put32(0x54, FirstOrdinaryInode);
        superblock.Put16(0x58, InodeSize);
        superblock.Put16(0x5A, group);
        superblock.Put32(0x5C, (uint)Features.Compatible);
        superblock.Put32(0x60, (uint)Features.Incompatible);
        superblock.Put32(0x64, (uint)Features.ReadOnlyCompatible);
        Identity.Uuid.CopyTo(superblock[0x68..]);
        Encoding.ASCII.GetBytes(Identity.Label, superblock.Slice(0x78, 16));
        Identity.HashSeed.CopyTo(superblock[0xEC..]);
        superblock[0xFC] = 1; // hash of indexed directories: half MD4
        superblock.Put16(0xFE, GroupDescriptorSize);
        superblock.Put32(0x100, 0x0C); // mount with user_xattr and acl
        superblock.Put16(0x15C, 32); // what each inode must have beyond 128 bytes
        superblock.Put16(0x15E, 32);
        superblock.Put32(0x160, 2); // that hash takes characters as unsigned, on every processor
        superblock[0x174] = 4; // 2⁴ groups per flexible group
        superblock[0x175] = 1; // checksums are CRC-32C
        superblock.Put32(0x248, (uint)Overhead);
        superblock.Put32(ChecksumOffset, Checksum(superblock));
    }

    /// <summary>Whether this is a superblock with the right checksum, of a filesystem with exactly the given number of bytes.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> superblock, long fileLength) =>
        BinaryPrimitives.ReadUInt16LittleEndian(superblock[0x38..]) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(superblock[ChecksumOffset..]) == Checksum(superblock)
        && BlocksOf(superblock) * BlockSize == fileLength;

    private static long BlocksOf(ReadOnlySpan<byte> superblock) =>
        BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x04..])
        | ((long)BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x150..]) << 32);

    private static uint Checksum(ReadOnlySpan<byte> superblock) => Crc32C.Append(~0u, superblock[..ChecksumOffset]);

    /// <summary>
    /// The features of the filesystem. It has no journal: the disk is the lower half of a copy-on-write overlay that is thrown away with
    /// its machine, so nothing ever recovers it. A journal would double the writes of a database under test.
    /// </summary>
    private static class Features
    {
        public const int Compatible = 0x8 /* ext_attr */ | 0x20 /* dir_index */;

        public const int Incompatible = 0x2 /* filetype */ | 0x40 /* extents */ | 0x80 /* 64bit */ | 0x200 /* flex_bg */;

        public const int ReadOnlyCompatible = 0x1 /* sparse_super */ | 0x2 /* large_file */ | 0x8 /* huge_file */
            | 0x20 /* dir_nlink */ | 0x40 /* extra_isize */ | 0x400 /* metadata_csum */;
    }
}
