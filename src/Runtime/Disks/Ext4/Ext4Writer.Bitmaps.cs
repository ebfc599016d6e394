using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

// Bitmaps, group descriptors and superblocks.
internal sealed partial class Ext4Writer
{
    private GroupDescriptor[] WriteBitmaps(Ext4Geometry geometry, BlockRun blockBitmaps, BlockRun inodeBitmaps, long[] inodeTables)
    {
        var usedBlocks = new BlockBitmap(_allocator, geometry);
        int[] directories = CountDirectories(geometry);
        var groups = new GroupDescriptor[geometry.Groups];
        byte[] bitmap = new byte[BlockSize];
        for (int group = 0; group < groups.Length; group++)
        {
            // e2fsck requires the last group's bitmap to exist even when the group is empty.
            uint? blockChecksum = null;
            if (group < usedBlocks.GroupsWithContent || group == groups.Length - 1)
            {
                usedBlocks.Write(bitmap, group);
                blockChecksum = Crc32C.Append(_seed, bitmap);
                _disk.Write(blockBitmaps.Start + group, bitmap);
            }

            uint? inodeChecksum = null;
            int usedInodes = (int)Math.Clamp(LastInode - ((long)group * geometry.InodesPerGroup), 0, geometry.InodesPerGroup);
            if (usedInodes > 0)
            {
                WriteInodeBitmap(bitmap, usedInodes, geometry.InodesPerGroup);
                inodeChecksum = Crc32C.Append(_seed, bitmap.AsSpan(0, geometry.InodesPerGroup / 8));
                _disk.Write(inodeBitmaps.Start + group, bitmap);
            }

            groups[group] = new GroupDescriptor
            {
                BlockBitmap = blockBitmaps.Start + group,
                InodeBitmap = inodeBitmaps.Start + group,
                InodeTable = inodeTables[group],
                FreeBlocks = usedBlocks.FreeBlocks(group),
                FreeInodes = geometry.InodesPerGroup - usedInodes,
                UnusedInodes = geometry.InodesPerGroup - usedInodes,
                Directories = directories[group],
                BlockBitmapChecksum = blockChecksum,
                InodeBitmapChecksum = inodeChecksum,
            };
        }

        return groups;
    }

    /// <summary>
    /// Writes the bitmap of inodes, which are numbered without gaps. The bits after the group's last inode count as used.
    /// </summary>
    private static void WriteInodeBitmap(Span<byte> bitmap, int used, int inodesPerGroup)
    {
        bitmap.Clear();
        bitmap[..(used / 8)].Fill(byte.MaxValue);
        if (used % 8 != 0)
            bitmap[used / 8] = (byte)((1 << (used % 8)) - 1);
        bitmap[(inodesPerGroup / 8)..].Fill(byte.MaxValue);
    }

    private int[] CountDirectories(Ext4Geometry geometry)
    {
        int[] directories = new int[geometry.Groups];
        directories[0]++; // the root
        foreach (FileNode node in _numbered)
        {
            if (node is DirectoryNode)
                directories[(node.InodeNumber - 1) / geometry.InodesPerGroup]++;
        }

        return directories;
    }

    private void WriteSuperblocks(Ext4Geometry geometry, GroupDescriptor[] groups)
    {
        byte[] descriptors = new byte[geometry.DescriptorBlocks * BlockSize];
        for (int group = 0; group < groups.Length; group++)
            groups[group].WriteTo(descriptors.AsSpan(group * GroupDescriptorSize, GroupDescriptorSize), group, _seed);

        var superblock = new Superblock
        {
            Identity = _identity,
            Groups = geometry.Groups,
            InodesPerGroup = geometry.InodesPerGroup,
            FreeBlocks = groups.Sum(static group => (long)group.FreeBlocks),
            FreeInodes = groups.Sum(static group => (long)group.FreeInodes),
        };

        // The first superblock is written last, when everything else is safely on the disk: a file with a superblock is complete, even
        // after a power failure.
        for (int group = groups.Length - 1; group >= 0; group--)
        {
            if (!HasSuperblock(group))
                continue;

            long start = (long)group * BlocksPerGroup;
            _disk.Write(start + 1, descriptors);
            _disk.Flush();
            if (group == 0)
                RandomAccess.FlushToDisk(_file);
            superblock.WriteTo(_disk.Block(start).Slice(group == 0 ? Superblock.PrimaryOffset : 0, Superblock.Size), group);
            _disk.Flush();
        }
    }
}
