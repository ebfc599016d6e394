using Microsoft.Win32.SafeHandles;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Moves the last blocks of the disk into the gaps that replaced and deleted files left, so that the gaps take no space. Punching holes
/// would also work, but that call differs on every system, and a dense disk reads faster.
/// </summary>
internal sealed class Compaction(BlockAllocator allocator, SafeFileHandle file)
{
    /// <summary>The total size of gaps, 1 MiB, below which a pass over the tree is not worthwhile.</summary>
    private const long NotWorthIt = (1 << 20) / BlockSize;

    /// <summary>
    /// The smallest gap that is filled, 64 KiB. Smaller ones stay free, because they would break a file into small pieces.
    /// </summary>
    private const long SmallestGap = 16;

    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly Dictionary<RegularFileNode, List<Extent>> _moved = [];

    public static bool IsWorthwhile(BlockAllocator allocator) => allocator.Free.TotalBlocks >= NotWorthIt;

    /// <summary>
    /// Fills the lowest gap with the end of the highest extent until the two meet. Every extent on the disk must belong to one of the
    /// files, and no content may be waiting in a buffer.
    /// </summary>
    public void Run(IEnumerable<RegularFileNode> files, CancellationToken cancellationToken)
    {
        var gaps = new Queue<BlockRun>(allocator.Free.Runs.Where(static run => run.Length >= SmallestGap));
        BlockRun gap = default;
        long frontier = 0;
        foreach ((Extent extent, RegularFileNode owner) in HighestFirst(files))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int left = extent.Length;
            while (left > 0 && (gap.Length > 0 || gaps.TryDequeue(out gap)) && gap.Start < extent.Physical)
            {
                int length = (int)Math.Min(left, gap.Length);
                left -= length;
                Move(owner, extent.Slice(left, length), gap.Start);
                allocator.Free.Remove(new BlockRun(gap.Start, length));
                gap = new BlockRun(gap.Start + length, gap.Length - length);
                frontier = Math.Max(frontier, gap.Start);
            }

            if (left > 0)
            {
                frontier = Math.Max(frontier, extent.Physical + left);
                break;
            }
        }

        foreach ((RegularFileNode owner, List<Extent> moved) in _moved)
            owner.Extents = Join(owner.Extents, moved);
        allocator.Lower(frontier);
        // The bytes above are stale, and the content placed there next relies on zeros.
        RandomAccess.SetLength(file, allocator.Frontier * BlockSize);
    }

    private static List<(Extent Extent, RegularFileNode File)> HighestFirst(IEnumerable<RegularFileNode> files)
    {
        List<(Extent Extent, RegularFileNode File)> extents = [];
        foreach (RegularFileNode owner in files)
        {
            foreach (Extent extent in owner.Extents)
                extents.Add((extent, owner));
        }

        extents.Sort(static (left, right) => right.Extent.Physical.CompareTo(left.Extent.Physical));
        return extents;
    }

    private void Move(RegularFileNode owner, Extent part, long destination)
    {
        long from = part.Physical * BlockSize;
        long to = destination * BlockSize;
        for (long rest = (long)part.Length * BlockSize; rest > 0;)
        {
            int read = RandomAccess.Read(file, _buffer.AsSpan(0, (int)Math.Min(rest, _buffer.Length)), from);
            if (read == 0)
                throw new EndOfStreamException("The disk image became shorter while it was being written.");
            RandomAccess.Write(file, _buffer.AsSpan(0, read), to);
            from += read;
            to += read;
            rest -= read;
        }

        if (!_moved.TryGetValue(owner, out List<Extent>? moved))
            _moved.Add(owner, moved = []);
        moved.Add(part with { Physical = destination });
    }

    /// <summary>
    /// Joins the extents. The moved blocks replace the ends of the old extents; each old extent keeps the blocks before its first moved
    /// one.
    /// </summary>
    private static Extent[] Join(Extent[] old, List<Extent> moved)
    {
        moved.Sort(static (left, right) => left.Logical.CompareTo(right.Logical));
        List<Extent> joined = [];
        int next = 0;
        foreach (Extent extent in old)
        {
            bool touched = next < moved.Count && moved[next].Logical < extent.LogicalEnd;
            int kept = touched ? (int)(moved[next].Logical - extent.Logical) : extent.Length;
            if (kept > 0)
                Extent.Append(joined, extent.Slice(0, kept));
            for (; next < moved.Count && moved[next].Logical < extent.LogicalEnd; next++)
                Extent.Append(joined, moved[next]);
        }

        return [.. joined];
    }
}
