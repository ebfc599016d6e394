namespace Islet.Disks.Ext4;

/// <summary>
/// Runs of blocks that were in use and no longer are. They are ordered by start and by length, because a hostile image can create hundreds
/// of thousands of them: each operation takes logarithmic time.
/// </summary>
internal sealed class FreeSpace
{
    private readonly SortedSet<BlockRun> _byStart = new(Comparer<BlockRun>.Create(
        static (left, right) => left.Start.CompareTo(right.Start)));

    private readonly SortedSet<BlockRun> _byLength = new(Comparer<BlockRun>.Create(
        static (left, right) => left.Length != right.Length
            ? left.Length.CompareTo(right.Length)
            : left.Start.CompareTo(right.Start)));

    public long TotalBlocks { get; private set; }

    /// <summary>The free runs, in ascending order; neighbours have been joined.</summary>
    public IEnumerable<BlockRun> Runs => _byStart;

    public void Add(BlockRun run)
    {
        if (run.Length == 0)
            return;

        TotalBlocks += run.Length;
        BlockRun before = _byStart.GetViewBetween(default, run).Max;
        if (before.Length > 0 && before.End == run.Start)
        {
            Forget(before);
            run = new BlockRun(before.Start, before.Length + run.Length);
        }

        if (_byStart.TryGetValue(new BlockRun(run.End, 0), out BlockRun after))
        {
            Forget(after);
            run = run with { Length = run.Length + after.Length };
        }

        _byStart.Add(run);
        _byLength.Add(run);
    }

    /// <summary>Takes the smallest run that has at least the given length.</summary>
    public bool TryTake(long atLeast, out BlockRun run)
    {
        BlockRun longest = _byLength.Max;
        run = longest.Length < atLeast ? default : _byLength.GetViewBetween(new BlockRun(0, atLeast), longest).Min;
        if (run.Length == 0)
            return false;

        Take(run);
        return true;
    }

    /// <summary>Removes the first blocks of a run.</summary>
    public void Remove(BlockRun head)
    {
        if (!_byStart.TryGetValue(head, out BlockRun run))
            throw new InvalidOperationException("No free run begins there.");

        Take(run);
        Add(new BlockRun(head.End, run.Length - head.Length));
    }

    /// <summary>Drops all blocks from the given one on.</summary>
    public void TruncateAt(long block)
    {
        while (_byStart.Max is { Length: > 0 } last && last.End > block)
        {
            Take(last);
            Add(last with { Length = Math.Max(0, block - last.Start) });
        }
    }

    private void Take(BlockRun run)
    {
        Forget(run);
        TotalBlocks -= run.Length;
    }

    private void Forget(BlockRun run)
    {
        _byStart.Remove(run);
        _byLength.Remove(run);
    }
}
