using System.Runtime.InteropServices;

namespace Islet.Disks.Ext4;

// The parts of an inode that do not fit into its fixed fields: attributes, long link targets, trees of extents.
internal sealed partial class Ext4Writer
{
    // Few inodes have any of this; the others cost nothing here.
    private readonly Dictionary<FileNode, OutsideInode> _outside = [];

    private void PlaceOutsideInode(FileNode node)
    {
        if (node.Metadata.Attributes.Count > 0)
            PlaceAttributes(node);
        if (node is SymbolicLinkNode { Target.Length: > LongestInlineTarget } link)
            PlaceTarget(link);
        else if (node is RegularFileNode { Extents.Length: > ExtentTree.EntriesInRoot } file)
            PlaceExtentTree(file, file.Extents);
    }

    private void PlaceAttributes(FileNode node)
    {
        (List<Xattr> inInode, List<Xattr> inBlock) = XattrSet.Split(node.Metadata.Attributes);
        OutsideInode outside = OutsideOf(node);
        outside.InlineAttributes = XattrArea.InInode(inInode);
        if (inBlock.Count == 0)
            return;

        outside.AttributeBlock = _allocator.Allocate(1).Start;
        XattrArea.WriteBlock(_disk.Block(outside.AttributeBlock), outside.AttributeBlock, inBlock, _seed);
    }

    private void PlaceTarget(SymbolicLinkNode link)
    {
        long block = _allocator.Allocate(1).Start;
        link.Target.CopyTo(_disk.Block(block));
        PlaceExtentTree(link, [new Extent(block, 0, 1)]);
        OutsideOf(link).TargetBlocks = 1;
    }

    private void PlaceExtentTree(FileNode node, ReadOnlySpan<Extent> extents)
    {
        OutsideInode outside = OutsideOf(node);
        outside.ExtentRoot = new byte[ExtentTree.RootSize];
        outside.ExtentTreeBlocks = ExtentTree.Write(
            extents, outside.ExtentRoot, Inode.Seed(_seed, node.InodeNumber), () => _allocator.Allocate(1).Start, _disk);
    }

    private OutsideInode OutsideOf(FileNode node)
    {
        ref OutsideInode? outside = ref CollectionsMarshal.GetValueRefOrAddDefault(_outside, node, out _);
        return outside ??= new OutsideInode();
    }

    private sealed class OutsideInode
    {
        public static OutsideInode Nothing { get; } = new();

        public byte[] InlineAttributes { get; set; } = [];

        public long AttributeBlock { get; set; }

        public byte[]? ExtentRoot { get; set; }

        public int ExtentTreeBlocks { get; set; }

        public int TargetBlocks { get; set; }
    }
}
