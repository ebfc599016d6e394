using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Hands out blocks from the front of the disk to its back, so that a file lies in one piece and the disk's used part is
/// dense, steps over the places where superblocks and group descriptors belong, and fills the space that replaced files left.
/// </summary>
internal sealed class BlockAllocator
{
    /// <summary>What is left alone at the start of each group that keeps a superblock.</summary>
    public const int SuperblockRoom = 1 + MaximumDescriptorBlocks;

    private long _frontier;
    private long _nextSuperblock;
    private BlockRun _current;

    public BlockAllocator() => MoveFrontier(SuperblockRoom);

    /// <summary>Below: used, or free and known to <see cref="Free"/>, or a superblock's room. Above: never touched.</summary>
    public long Frontier => _frontier;

    public FreeSpace Free { get; } = new();

    /// <summary>Chooses where the next blocks come from: a gap that takes all of them, or the untouched part of the disk.</summary>
    public void Prepare(long blocks)
    {
        Free.Add(_current);
        _current = default;
        if (blocks > 0 && Free.TryTake(blocks, out BlockRun gap))
            _current = gap;
    }

    /// <summary>The next blocks in a row: at least one, at most as many as asked.</summary>
    public BlockRun Allocate(int most)
    {
        if (_current.Length > 0)
        {
            var part = new BlockRun(_current.Start, Math.Min(most, _current.Length));
            _current = new BlockRun(part.End, _current.Length - part.Length);
            return part;
        }

        var run = new BlockRun(_frontier, Math.Min(most, _nextSuperblock - _frontier));
        MoveFrontier(run.End);
        return run;
    }

    /// <summary>So many untouched blocks in one row; their bytes are zero as long as nobody writes them.</summary>
    public BlockRun AllocateUntouched(int length)
    {
        if (_nextSuperblock - _frontier < length)
        {
            Free.Add(new BlockRun(_frontier, _nextSuperblock - _frontier));
            MoveFrontier(_nextSuperblock);
        }

        var run = new BlockRun(_frontier, length);
        MoveFrontier(run.End);
        return run;
    }

    /// <summary>Gives up everything from a block on. Nothing above may be in use.</summary>
    public void Lower(long frontier)
    {
        Free.TruncateAt(frontier);
        MoveFrontier(frontier);
    }

    private void MoveFrontier(long block)
    {
        int group = (int)(block / BlocksPerGroup);
        if (HasSuperblock(group) && block % BlocksPerGroup < SuperblockRoom)
            block = ((long)group * BlocksPerGroup) + SuperblockRoom;

        _frontier = block;
        if (_nextSuperblock > block && _nextSuperblock - block < BlocksPerGroup)
            return;

        do
            group++;
        while (!HasSuperblock(group));
        _nextSuperblock = (long)group * BlocksPerGroup;
    }
}
