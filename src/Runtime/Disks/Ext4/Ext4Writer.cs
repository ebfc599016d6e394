using Microsoft.Win32.SafeHandles;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>
/// Writes one ext4 filesystem into an empty file. First the contents of files arrive, in any order and before their names are known. Then
/// <see cref="Complete"/> writes everything else after them: directories, inode tables, bitmaps and, last of all, the superblock. A file
/// that was not completed has no superblock and is not a filesystem.
/// <para>
/// The order on the disk: group 0's superblock and descriptors, all contents, all directories, all bitmaps, all inode tables, and free
/// space. flex_bg allows the metadata of all groups to lie together like that, so that a mount and a walk through the tree touch few
/// places. Parts that were never written are holes of the file.
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
    /// <param name="file">An empty file, open for reading and writing. The caller keeps ownership.</param>
    /// <param name="identity">The source of the UUID.</param>
    public Ext4Writer(SafeFileHandle file, Ext4Identity identity)
    {
        _file = file;
        _identity = identity;
        _seed = identity.ChecksumSeed;
        _disk = new DiskWriter(file);
        Content = new FileContentWriter(_allocator, _disk);
    }

    /// <summary>The writer of the contents of files, one after another.</summary>
    public FileContentWriter Content { get; }

    /// <summary>Whether the content exceeds half of the largest filesystem.</summary>
    public bool IsOverfull => _allocator.Frontier > Ext4Geometry.MostContentBlocks;

    /// <summary>Releases the space of a file that is no longer wanted, for the files that follow.</summary>
    public void Release(RegularFileNode file)
    {
        foreach (Extent extent in file.Extents)
            _allocator.Free.Add(new BlockRun(extent.Physical, extent.Length));
        file.Extents = [];
    }

    /// <summary>Writes the tree and all other parts of the filesystem. Afterwards the writer can't be used any more.</summary>
    public void Complete(FileTree tree, CancellationToken cancellationToken)
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
    }
}
