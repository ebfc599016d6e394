using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

// The inode tables.
internal sealed partial class Ext4Writer
{
    /// <summary>The longest target of a link that is stored in the inode itself, where the extents would be.</summary>
    private const int LongestInlineTarget = 59;

    private void WriteInodes(FileNode root, Ext4Geometry geometry, long[] inodeTables, CancellationToken cancellationToken)
    {
        for (uint first = 1; first <= LastInode; first += InodesPerBlock)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (uint group, uint index) = Math.DivRem(first - 1, (uint)geometry.InodesPerGroup);
            Span<byte> block = _disk.Block(inodeTables[group] + (index / InodesPerBlock));
            for (uint number = first; number < first + InodesPerBlock && number <= LastInode; number++)
            {
                FileNode? node = number == RootInode ? root
                    : number >= FirstOrdinaryInode ? _numbered[(int)(number - FirstOrdinaryInode)]
                    : null;
                if (node is not null)
                    WriteInode(block.Slice((int)(number - first) * InodeSize, InodeSize), node);
            }
        }
    }

    private void WriteInode(Span<byte> inode, FileNode node)
    {
        OutsideInode outside = _outside.GetValueOrDefault(node, OutsideInode.Nothing);
        Span<byte> blockField = stackalloc byte[ExtentTree.RootSize];
        ReadOnlySpan<Extent> extents = ExtentsOf(node);
        bool hasExtents = node is RegularFileNode or DirectoryNode || outside.ExtentRoot is not null;
        if (outside.ExtentRoot is not null)
            outside.ExtentRoot.CopyTo(blockField);
        else
            WriteBlockField(blockField, node, extents);

        long blocks = Extent.TotalBlocks(extents);
        new Inode
        {
            Mode = (ushort)(InodeKind.Of(node).ModeBits | node.Metadata.Permissions),
            Metadata = node.Metadata,
            Links = LinksOf(node),
            Size = node switch
            {
                RegularFileNode file => file.Size,
                DirectoryNode => blocks * BlockSize,
                SymbolicLinkNode link => link.Target.Length,
                _ => 0,
            },
            Blocks = blocks + outside.ExtentTreeBlocks + outside.TargetBlocks + (outside.AttributeBlock != 0 ? 1 : 0),
            BlockField = blockField,
            HasExtents = hasExtents,
            AttributeBlock = outside.AttributeBlock,
            Attributes = outside.InlineAttributes,
        }.WriteTo(inode, Inode.Seed(_seed, node.InodeNumber));
    }

    private static void WriteBlockField(Span<byte> field, FileNode node, ReadOnlySpan<Extent> extents)
    {
        switch (node)
        {
            case SymbolicLinkNode link:
                link.Target.CopyTo(field);
                break;
            case SpecialFileNode { Kind: not SpecialFileKind.NamedPipe } device:
                WriteDevice(field, device);
                break;
            case RegularFileNode or DirectoryNode:
                ExtentTree.WriteRoot(field, extents);
                break;
        }
    }

    /// <summary>
    /// Writes a device number. Small numbers go into the first word in the old format, 8 bits each; larger ones into the second: 12 and 20
    /// bits.
    /// </summary>
    private static void WriteDevice(Span<byte> field, SpecialFileNode device)
    {
        if (device.Major < 256 && device.Minor < 256)
            field.Put32(0, (device.Major << 8) | device.Minor);
        else
            field.Put32(4, (device.Minor & 0xFF) | (device.Major << 8) | ((device.Minor & ~0xFFu) << 12));
    }

    private static ReadOnlySpan<Extent> ExtentsOf(FileNode node) => node switch
    {
        RegularFileNode file => file.Extents,
        DirectoryNode directory => directory.Extents,
        _ => [],
    };

    private static int LinksOf(FileNode node)
    {
        if (node is not DirectoryNode directory)
            return node.Names;

        // The directory's name, its dot, and the two dots of each directory in it; 1 means "too many to count" (dir_nlink).
        int links = 2 + directory.Subdirectories;
        return links > MaximumLinks ? 1 : links;
    }
}
