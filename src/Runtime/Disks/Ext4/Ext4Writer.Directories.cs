using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

// Numbers the tree and writes its directories.
internal sealed partial class Ext4Writer
{
    // _numbered[i] is the inode FirstOrdinaryInode + i.
    private readonly List<FileNode> _numbered = [];

    private uint LastInode => FirstOrdinaryInode + (uint)_numbered.Count - 1;

    /// <summary>
    /// Walks depth first and numbers all children of a directory in a row. So a program that lists a directory with details finds its
    /// inodes next to each other.
    /// </summary>
    private void PlaceTree(DirectoryNode root, CancellationToken cancellationToken)
    {
        root.InodeNumber = RootInode;
        PlaceOutsideInode(root);
        var directories = new Stack<DirectoryNode>();
        directories.Push(root);
        while (directories.TryPop(out DirectoryNode? directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            KeyValuePair<byte[], DirectoryLink>[] entries = directory.Sorted();
            foreach ((_, DirectoryLink link) in entries)
                Number(link.Node);

            WriteDirectory(directory, entries);
            for (int i = entries.Length - 1; i >= 0; i--)
            {
                if (entries[i].Value.Node is DirectoryNode child)
                    directories.Push(child);
            }
        }
    }

    private void Number(FileNode node)
    {
        // A file with several names got its number from the first.
        if (node.InodeNumber != 0)
            return;

        node.InodeNumber = FirstOrdinaryInode + (uint)_numbered.Count;
        _numbered.Add(node);
        PlaceOutsideInode(node);
    }

    private void WriteDirectory(DirectoryNode directory, KeyValuePair<byte[], DirectoryLink>[] entries)
    {
        List<Extent> extents = [];
        int blocks = DirectoryBlocks.Count(entries);
        for (int done = 0; done < blocks;)
        {
            BlockRun run = _allocator.Allocate(Math.Min(blocks - done, Extent.MaximumLength));
            Extent.Append(extents, new Extent(run.Start, (uint)done, (int)run.Length));
            done += (int)run.Length;
        }

        directory.Extents = [.. extents];
        var content = new DirectoryBlocks(_disk, directory.Extents, Inode.Seed(_seed, directory.InodeNumber));
        content.Add("."u8, directory.InodeNumber, InodeKind.Directory);
        content.Add(".."u8, directory.Parent?.InodeNumber ?? RootInode, InodeKind.Directory);
        foreach ((byte[] name, DirectoryLink link) in entries)
            content.Add(name, link.Node.InodeNumber, InodeKind.Of(link.Node));
        content.EndBlock();
        if (directory.Extents.Length > ExtentTree.EntriesInRoot)
            PlaceExtentTree(directory, directory.Extents);
    }
}
