using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>The blocks in use, from the start of the disk to the end of the last group that has content.</summary>
internal sealed class BlockBitmap
{
    private const int BytesPerGroup = BlocksPerGroup / 8;

    private readonly byte[] _bits;
    private readonly Ext4Geometry _geometry;

    public BlockBitmap(BlockAllocator allocator, Ext4Geometry geometry)
    {
        _geometry = geometry;
        GroupsWithContent = (int)((allocator.Frontier + BlocksPerGroup - 1) / BlocksPerGroup);
        _bits = new byte[GroupsWithContent * BytesPerGroup];

        Fill(0, allocator.Frontier, used: true);
        foreach (BlockRun run in allocator.Free.Runs)
            Fill(run.Start, run.End, used: false);
        for (int group = 0; group < GroupsWithContent; group++)
        {
            if (!HasSuperblock(group))
                continue;

            long start = (long)group * BlocksPerGroup;
            Fill(start, start + BlockAllocator.SuperblockRoom, used: false);
            Fill(start, start + OwnBlocks(group), used: true);
        }
    }

    /// <summary>The number of groups with content. The groups after these hold at most a copy of the superblock.</summary>
    public int GroupsWithContent { get; }

    public int FreeBlocks(int group)
    {
        if (group >= GroupsWithContent)
            return BlocksPerGroup - OwnBlocks(group);

        int used = 0;
        foreach (byte bits in Of(group))
            used += byte.PopCount(bits);
        return BlocksPerGroup - used;
    }

    /// <summary>Writes the bitmap of one group.</summary>
    public void Write(Span<byte> block, int group)
    {
        block.Clear();
        if (group < GroupsWithContent)
            Of(group).CopyTo(block);
        else
            Fill(block, 0, OwnBlocks(group), used: true);
    }

    private int OwnBlocks(int group) => HasSuperblock(group) ? 1 + _geometry.DescriptorBlocks : 0;

    private ReadOnlySpan<byte> Of(int group) => _bits.AsSpan(group * BytesPerGroup, BytesPerGroup);

    private void Fill(long start, long end, bool used) => Fill(_bits, start, end, used);

    private static void Fill(Span<byte> bits, long start, long end, bool used)
    {
        for (; start < end && start % 8 != 0; start++)
            Set(bits, start, used);
        for (; start < end && end % 8 != 0; end--)
            Set(bits, end - 1, used);
        if (start < end)
            bits[(int)(start / 8)..(int)(end / 8)].Fill(used ? byte.MaxValue : (byte)0);
    }

    private static void Set(Span<byte> bits, long block, bool used)
    {
        byte mask = (byte)(1 << (int)(block % 8));
        ref byte octet = ref bits[(int)(block / 8)];
        octet = (byte)(used ? octet | mask : octet & ~mask);
    }
}
