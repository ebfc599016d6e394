namespace Islet.Disks.Ext4;

/// <summary>The constants of the one layout that is written. Numbers are blocks of 4 KiB unless stated otherwise.</summary>
internal static class Ext4Layout
{
    public const int BlockSize = 4096;

    /// <summary>The number of blocks in a group: as many as one block of bitmap can describe, 128 MiB.</summary>
    public const int BlocksPerGroup = 8 * BlockSize;

    public const int InodeSize = 256;

    public const int InodesPerBlock = BlockSize / InodeSize;

    public const int MaximumInodesPerGroup = 8 * BlockSize;

    public const int GroupDescriptorSize = 64;

    public const int DescriptorsPerBlock = BlockSize / GroupDescriptorSize;

    public const uint RootInode = 2;

    /// <summary>The first inode for ordinary files. The inodes below it have fixed uses.</summary>
    public const uint FirstOrdinaryInode = 11;

    /// <summary>
    /// The room for the group descriptors after each superblock, enough for 512 GiB. Contents are placed before the size of the filesystem
    /// is known, so the room is reserved for the largest one. The unused rest is free space and costs nothing.
    /// </summary>
    public const int MaximumDescriptorBlocks = 64;

    public const int MaximumGroups = MaximumDescriptorBlocks * DescriptorsPerBlock;

    /// <summary>The size of the longest file whose blocks have 32-bit numbers.</summary>
    public const long MaximumFileSize = ((1L << 32) - 1) * BlockSize;

    /// <summary>The largest link count, EXT4_LINK_MAX.</summary>
    public const int MaximumLinks = 65000;

    public static long BlocksFor(long bytes) => (bytes / BlockSize) + (bytes % BlockSize == 0 ? 0 : 1);

    /// <summary>
    /// Whether the group keeps a copy of the superblock and the descriptors. With sparse_super: groups 0 and 1 and the powers of 3, 5 and
    /// 7.
    /// </summary>
    public static bool HasSuperblock(int group) =>
        group <= 1 || IsPowerOf(3, group) || IsPowerOf(5, group) || IsPowerOf(7, group);

    private static bool IsPowerOf(int root, int number)
    {
        while (number % root == 0)
            number /= root;
        return number == 1;
    }
}
