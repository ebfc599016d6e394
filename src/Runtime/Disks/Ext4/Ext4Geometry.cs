using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>The size of the filesystem, and its number of inodes.</summary>
/// <param name="Groups">The number of groups of 128 MiB.</param>
/// <param name="InodesPerGroup">The number of inodes in each group: a multiple of the number in one block of the inode table.</param>
internal readonly record struct Ext4Geometry(int Groups, int InodesPerGroup)
{
    /// <summary>
    /// The number of groups of the smallest filesystem: 16 GiB, the space that a container has. It costs nothing until it is written.
    /// </summary>
    public const int SmallestGroups = 128;

    /// <summary>The number of groups, 1 GiB, in one step of growth of larger filesystems.</summary>
    private const int GroupsPerStep = 8;

    private const long BytesPerInode = 16 * 1024;

    /// <summary>The largest content: half of the largest filesystem, 256 GiB.</summary>
    public const long MostContentBlocks = (long)MaximumGroups / 2 * BlocksPerGroup;

    public int InodeTableBlocks => InodesPerGroup / InodesPerBlock;

    public int DescriptorBlocks => (Groups + DescriptorsPerBlock - 1) / DescriptorsPerBlock;

    public long Blocks => (long)Groups * BlocksPerGroup;

    /// <summary>Returns a geometry with room for at least twice the content, and at least twice the inodes.</summary>
    public static Ext4Geometry For(long contentBlocks, long inodes)
    {
        long groups = Math.Max(
            DivideUp(2 * contentBlocks, BlocksPerGroup),
            DivideUp(2 * inodes, MaximumInodesPerGroup));
        groups = Math.Clamp(DivideUp(groups, GroupsPerStep) * GroupsPerStep, SmallestGroups, MaximumGroups);

        long wanted = Math.Max(groups * BlocksPerGroup * BlockSize / BytesPerInode, 2 * inodes);
        long perGroup = DivideUp(DivideUp(wanted, groups), InodesPerBlock) * InodesPerBlock;
        return new Ext4Geometry((int)groups, (int)Math.Min(perGroup, MaximumInodesPerGroup));
    }

    private static long DivideUp(long value, long divisor) => (value + divisor - 1) / divisor;
}
