using Islet.Disks.Ext4;

namespace Islet.Tests.Disks;

/// <summary>Files that a higher layer replaces or deletes leave no trace on the disk.</summary>
public sealed class ReplacedContentTests
{
    private static byte[] Noise(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void A_deleted_file_costs_no_space()
    {
        byte[] kept = Noise(100_000, 1);
        using BuiltRootfs rootfs = BuiltRootfs.From(
            new LayerArchive().File("large", Noise(20 << 20, 2)).File("kept", kept),
            new LayerArchive().Whiteout("", "large"));

        rootfs.AssertClean();
        Assert.Equal(kept, rootfs.ReadContent("kept"));
        Assert.True(rootfs.AllocatedBytes < 1 << 20, $"{rootfs.AllocatedBytes} bytes are allocated.");
    }

    [Fact]
    public void Gaps_are_filled_with_what_lies_behind_them_and_links_are_moved_once()
    {
        var lower = new LayerArchive();
        var upper = new LayerArchive();
        Dictionary<string, byte[]> expected = [];
        for (int i = 0; i < 60; i++)
        {
            byte[] content = Noise(50_000 + (i * 7_000), i);
            lower.File($"file-{i}", content).HardLink($"link-{i}", $"file-{i}");
            if (i % 3 == 0)
                upper.Whiteout("", $"file-{i}").Whiteout("", $"link-{i}");
            else
                expected.Add($"file-{i}", content);
        }

        using BuiltRootfs rootfs = BuiltRootfs.From(lower, upper);
        rootfs.AssertClean();
        using var reader = new Ext4Reader(rootfs.Path);
        SortedDictionary<string, Ext4File> tree = reader.ReadTree();
        Assert.All(expected, file => Assert.Equal(file.Value, reader.ReadContent(tree[file.Key])));
        long needed = expected.Sum(file => (file.Value.Length + 4095L) & ~4095L);
        Assert.True(rootfs.AllocatedBytes < needed + (1 << 20), $"{rootfs.AllocatedBytes} bytes are allocated for {needed}.");
    }

    [Fact]
    public void The_same_file_in_a_hundred_layers_takes_the_space_of_two()
    {
        LayerArchive[] layers = [.. Enumerable.Range(0, 100).Select(i => new LayerArchive().File("file", Noise(3 << 20, i)))];
        using BuiltRootfs rootfs = BuiltRootfs.From(layers);

        rootfs.AssertClean();
        Assert.Equal(Noise(3 << 20, 99), rootfs.ReadContent("file"));
        Assert.True(rootfs.AllocatedBytes < 7 << 20, $"{rootfs.AllocatedBytes} bytes are allocated.");
    }

    [Fact]
    public void Free_runs_join_their_neighbours()
    {
        var free = new FreeSpace();
        free.Add(new BlockRun(10, 5));
        free.Add(new BlockRun(20, 5));
        free.Add(new BlockRun(15, 5));
        Assert.Equal([new BlockRun(10, 15)], free.Runs);
        Assert.Equal(15, free.TotalBlocks);

        Assert.False(free.TryTake(16, out _));
        Assert.True(free.TryTake(15, out BlockRun run));
        Assert.Equal(new BlockRun(10, 15), run);
        Assert.Equal(0, free.TotalBlocks);
    }

    [Fact]
    public void The_smallest_free_run_that_suffices_is_taken()
    {
        var free = new FreeSpace();
        free.Add(new BlockRun(100, 50));
        free.Add(new BlockRun(200, 10));
        free.Add(new BlockRun(300, 20));
        Assert.True(free.TryTake(11, out BlockRun run));
        Assert.Equal(new BlockRun(300, 20), run);
    }

    [Fact]
    public void Free_space_is_cut_off_in_the_middle_of_a_run()
    {
        var free = new FreeSpace();
        free.Add(new BlockRun(10, 10));
        free.Add(new BlockRun(30, 10));
        free.TruncateAt(15);
        Assert.Equal([new BlockRun(10, 5)], free.Runs);
        Assert.Equal(5, free.TotalBlocks);
    }

    [Fact]
    public void Allocation_steps_over_every_group_that_keeps_a_superblock()
    {
        var allocator = new BlockAllocator();
        HashSet<long> superblockGroups = [0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125];
        while (allocator.Frontier < 130L * 32768)
        {
            BlockRun run = allocator.Allocate(10_000);
            for (long group = run.Start / 32768; group <= (run.End - 1) / 32768; group++)
            {
                long room = (group * 32768) + BlockAllocator.SuperblockRoom;
                Assert.True(!superblockGroups.Contains(group) || run.Start >= room, $"{run} touches the superblock of group {group}.");
            }
        }
    }
}
