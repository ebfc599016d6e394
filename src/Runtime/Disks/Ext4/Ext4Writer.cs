using Microsoft.Win32.SafeHandles;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>What was written.</summary>
/// <param name="Size">The filesystem's and the file's size in bytes; most of it is holes.</param>
/// <param name="UsedBlocks">Blocks of 4 KiB in use, metadata included.</param>
/// <param name="Inodes">Inodes in use.</param>
internal sealed record Ext4Summary(long Size, long UsedBlocks, long Inodes);

/// <summary>
/// Writes one ext4 filesystem into an empty file. First the contents of files arrive, in any order and before anybody knows
/// what they will be called; then <see cref="Complete"/> writes everything else behind them: directories, inode tables,
/// bitmaps and, last of all, the superblock. A file that was not completed has no superblock and is no filesystem.
/// <para>
/// On the disk: group 0's superblock and descriptors, all contents, all directories, all bitmaps, all inode tables, and free
/// space. flex_bg lets the metadata of all groups lie together like that, so a mount and a walk through the tree
/// touch few places. What was never written is a hole of the file.
/// </para>
/// </summary>
internal sealed partial class Ext4Writer
{
    private readonly SafeFileHandle _file;
    private readonly Ext4Identity _identity;
    private readonly uint _seed;
    private readonly BlockAllocator _allocator = new();
    private readonly DiskWriter _disk;

    /// <summary>Begins a filesystem.</summary>
    /// <param name="file">An empty file, open for reading and writing. It stays the caller's.</param>
    /// <param name="identity">Where the UUID comes from.</param>
    public Ext4Writer(SafeFileHandle file, Ext4Identity identity)
    {
        _file = file;
        _identity = identity;
        _seed = identity.ChecksumSeed;
        _disk = new DiskWriter(file);
        Content = new FileContentWriter(_allocator, _disk);
    }

    /// <summary>Takes the contents of files, one after the other.</summary>
    public FileContentWriter Content { get; }

    /// <summary>Is there more content than half of the largest filesystem?</summary>
    public bool IsOverfull => _allocator.Frontier > Ext4Geometry.MostContentBlocks;

    /// <summary>A file is not wanted any more: its space is free for the files that follow.</summary>
    public void Release(RegularFileNode file)
    {
        foreach (Extent extent in file.Extents)
            _allocator.Free.Add(new BlockRun(extent.Physical, extent.Length));
        file.Extents = [];
    }

    /// <summary>Writes the tree and everything that makes it a filesystem. Afterwards the writer is used up.</summary>
    public Ext4Summary Complete(FileTree tree, CancellationToken cancellationToken)
    {
        _allocator.Prepare(0);
        _disk.Flush();
        if (Compaction.IsWorthwhile(_allocator))
            new Compaction(_allocator, _file).Run(tree.RegularFiles(), cancellationToken);

        PlaceTree(tree.Root, cancellationToken);
        var geometry = Ext4Geometry.For(_allocator.Frontier, LastInode);
        BlockRun blockBitmaps = _allocator.AllocateUntouched(geometry.Groups);
        BlockRun inodeBitmaps = _allocator.AllocateUntouched(geometry.Groups);
        long[] inodeTables = new long[geometry.Groups];
        for (int group = 0; group < geometry.Groups; group++)
            inodeTables[group] = _allocator.AllocateUntouched(geometry.InodeTableBlocks).Start;

        RandomAccess.SetLength(_file, geometry.Blocks * BlockSize);
        WriteInodes(tree.Root, geometry, inodeTables, cancellationToken);
        GroupDescriptor[] groups = WriteBitmaps(geometry, blockBitmaps, inodeBitmaps, inodeTables);
        WriteSuperblocks(geometry, groups);
        return new Ext4Summary(geometry.Blocks * BlockSize, geometry.Blocks - groups.Sum(group => (long)group.FreeBlocks), LastInode);
    }
}
