using Microsoft.Win32.SafeHandles;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Moves what lies last on the disk into the gaps that replaced and deleted files left, so that those cost no space. Holes
/// could be punched instead, but that call differs on every system, and a dense disk also reads better.
/// </summary>
internal sealed class Compaction(BlockAllocator allocator, SafeFileHandle file)
{
    /// <summary>Gaps under 1 MiB in all are not worth a pass over the tree.</summary>
    private const long NotWorthIt = (1 << 20) / BlockSize;

    /// <summary>A gap smaller than 64 KiB stays free rather than break a file into crumbs.</summary>
    private const long SmallestGap = 16;

    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly Dictionary<RegularFileNode, List<Extent>> _moved = [];

    public static bool IsWorthwhile(BlockAllocator allocator) => allocator.Free.TotalBlocks >= NotWorthIt;

    /// <summary>
    /// Fills the lowest gap with the end of the highest extent until the two meet. Every extent on the disk must belong to one
    /// of the files, and nothing may be waiting in a buffer.
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
        // The bytes above are stale, and what is placed there next relies on finding zeros.
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

    /// <summary>What has moved takes the ends of the old extents away; each old one keeps what lies before its first moved block.</summary>
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
