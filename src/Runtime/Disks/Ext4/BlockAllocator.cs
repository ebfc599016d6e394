using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Allocates blocks from the front of the disk to its back. So a file lies in one piece, and the used part of the disk is dense. It skips
/// the places of superblocks and group descriptors, and fills the space of replaced files.
/// </summary>
internal sealed class BlockAllocator
{
    /// <summary>The number of blocks reserved at the start of each group that keeps a superblock.</summary>
    public const int SuperblockRoom = 1 + MaximumDescriptorBlocks;

    private long _frontier;
    private long _nextSuperblock;
    private BlockRun _current;

    public BlockAllocator() => MoveFrontier(SuperblockRoom);

    /// <summary>
    /// The border of the used part. Blocks below are used, known to <see cref="Free"/>, or reserved for a superblock; those above are
    /// untouched.
    /// </summary>
    public long Frontier => _frontier;

    public FreeSpace Free { get; } = new();

    /// <summary>Chooses the source of the next blocks: a gap that holds all of them, or the untouched part of the disk.</summary>
    public void Prepare(long blocks)
    {
        Free.Add(_current);
        _current = default;
        if (blocks > 0 && Free.TryTake(blocks, out BlockRun gap))
            _current = gap;
    }

    /// <summary>Returns the next blocks in a row: at least one, and at most the given number.</summary>
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

    /// <summary>Returns the given number of untouched blocks in one row. Their bytes are zero until they are written.</summary>
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

    /// <summary>Releases all blocks from the given one on. None of them may be in use.</summary>
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
