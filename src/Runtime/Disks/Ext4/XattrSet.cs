using Islet.Tar;

namespace Islet.Disks.Ext4;

/// <summary>The extended attributes of one inode, in ext4's terms, and their division between the two places for them.</summary>
internal static class XattrSet
{
    /// <summary>Checks and translates the attributes of an archive.</summary>
    /// <exception cref="InvalidLayerException">
    /// A name is illegal, an access control list is malformed, or the attributes are too large together.
    /// </exception>
    public static IReadOnlyList<Xattr> From(IReadOnlyList<ExtendedAttribute> archived)
    {
        List<Xattr> attributes = [];
        foreach (ExtendedAttribute attribute in archived)
        {
            if (XattrName.Parse(attribute.Name) is not { } name)
                continue;
            byte[] value = name.IsAccessControlList ? PosixAcl.ToDiskForm(attribute.Value) : attribute.Value;

            // A list without entries is no list: setting one removes the list.
            if (!name.IsAccessControlList || value.Length > PosixAcl.HeaderLength)
                attributes.Add(new Xattr(name, value));
        }

        if (Split(attributes).InBlock.Sum(static attribute => attribute.TotalSize) > XattrArea.RoomInBlock)
            throw new InvalidLayerException("Its extended attributes take more than the block of 4 KiB that ext4 has for them.");
        return attributes;
    }

    /// <summary>
    /// Splits the attributes. Small ones go into the inode, where they cost no block and no read; the rest goes to the block.
    /// </summary>
    public static (List<Xattr> InInode, List<Xattr> InBlock) Split(IReadOnlyList<Xattr> attributes)
    {
        List<Xattr> inInode = [];
        List<Xattr> inBlock = [];
        int room = XattrArea.RoomInInode;
        foreach (Xattr attribute in attributes.OrderBy(static attribute => attribute.TotalSize))
        {
            if (attribute.TotalSize > room)
            {
                inBlock.Add(attribute);
                continue;
            }

            inInode.Add(attribute);
            room -= attribute.TotalSize;
        }

        return (inInode, inBlock);
    }
}
