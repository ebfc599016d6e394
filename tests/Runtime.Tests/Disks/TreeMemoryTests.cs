using Islet.Disks;
using Islet.Disks.Ext4;

namespace Islet.Tests.Disks;

/// <summary>Measures the heap of the whole process, so no other test may run at the same time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class HeapMeasuring;

[Collection<HeapMeasuring>]
public sealed class TreeMemoryTests
{
    [Fact]
    public void A_hundred_thousand_entries_take_little_memory_each()
    {
        const int entries = 100_000;
        var layer = new LayerArchive();
        for (int i = 0; i < entries; i++)
            layer.File($"directory-{i / 100}/file-{i}");

        var disk = new Ext4Writer(null!, Ext4Identity.From("test"));
        var unpacker = new LayerUnpacker(disk);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        unpacker.Apply(layer.Open(), "layer", CancellationToken.None);
        long perEntry = (GC.GetTotalMemory(forceFullCollection: true) - before) / entries;

        Assert.Equal(entries, unpacker.Tree.RegularFiles().Count());
        Assert.True(perEntry < 300, $"Each entry takes {perEntry} bytes: a million would take too much.");
    }
}
