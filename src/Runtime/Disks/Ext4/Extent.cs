namespace Islet.Disks.Ext4;

/// <summary>Consecutive blocks of a file: <c>struct ext4_extent</c> without its encoding.</summary>
/// <param name="Physical">The first block on the disk.</param>
/// <param name="Logical">The first block within the file.</param>
/// <param name="Length">The number of blocks, at most <see cref="MaximumLength"/>.</param>
internal readonly record struct Extent(long Physical, uint Logical, int Length)
{
    /// <summary>The length of the longest extent that counts as written; longer ones mean "allocated but not written".</summary>
    public const int MaximumLength = 32768;

    public long PhysicalEnd => Physical + Length;

    public uint LogicalEnd => Logical + (uint)Length;

    /// <summary>Returns a part of the extent, counted from its first block.</summary>
    public Extent Slice(int start, int length) => new(Physical + start, Logical + (uint)start, length);

    /// <summary>Adds blocks to the end of a file's list. Extends the last extent if the blocks follow it directly.</summary>
    public static void Append(List<Extent> extents, Extent next)
    {
        if (extents is [.., { } last] && last.PhysicalEnd == next.Physical && last.LogicalEnd == next.Logical
            && last.Length + next.Length <= MaximumLength)
        {
            extents[^1] = last with { Length = last.Length + next.Length };
        }
        else
        {
            extents.Add(next);
        }
    }

    public static long TotalBlocks(ReadOnlySpan<Extent> extents)
    {
        long blocks = 0;
        foreach (Extent extent in extents)
            blocks += extent.Length;
        return blocks;
    }
}

/// <summary>Consecutive blocks of the disk.</summary>
internal readonly record struct BlockRun(long Start, long Length)
{
    public long End => Start + Length;
}
