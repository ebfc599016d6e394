using Islet.Disks.Ext4;
using Islet.Tar;

namespace Islet.Disks;

// Turns an entry into a new inode, and writes a file's content to the disk.
internal sealed partial class LayerUnpacker
{
    /// <summary>The longest target, PATH_MAX less the terminator: the longest that symlink(2) accepts.</summary>
    private const int LongestTarget = 4095;

    // The largest number that ext4 stores in an inode, and that the kernel's dev_t has room for.
    private const uint LargestMajor = 0xFFF;
    private const uint LargestMinor = 0xFFFFF;

    private FileNode Create(TarEntry entry, FileMetadata metadata, TarStreamReader reader, CancellationToken cancellationToken)
    {
        FileNode node = entry.Type switch
        {
            TarEntryType.Directory => new DirectoryNode(),
            TarEntryType.SymbolicLink => CreateSymbolicLink(entry.LinkName),
            TarEntryType.CharacterDevice => CreateDevice(SpecialFileKind.CharacterDevice, entry),
            TarEntryType.BlockDevice => CreateDevice(SpecialFileKind.BlockDevice, entry),
            TarEntryType.NamedPipe => new SpecialFileNode(SpecialFileKind.NamedPipe, 0, 0),
            _ => CreateRegularFile(entry, reader, cancellationToken),
        };
        node.Metadata = metadata;
        return node;
    }

    private static SymbolicLinkNode CreateSymbolicLink(byte[] target)
    {
        if (target.Length is 0 or > LongestTarget)
            throw new InvalidLayerException("It is a symbolic link whose target is empty or longer than Linux allows.");
        if (target.Contains((byte)0))
            throw new InvalidLayerException("It is a symbolic link whose target has a NUL in it.");
        return new SymbolicLinkNode(target);
    }

    private static SpecialFileNode CreateDevice(SpecialFileKind kind, TarEntry entry)
    {
        if (entry.DeviceMajor > LargestMajor || entry.DeviceMinor > LargestMinor)
            throw new InvalidLayerException("It is a device whose number is larger than Linux has room for.");
        return new SpecialFileNode(kind, entry.DeviceMajor, entry.DeviceMinor);
    }

    private RegularFileNode CreateRegularFile(TarEntry entry, TarStreamReader reader, CancellationToken cancellationToken)
    {
        if (entry.Size > Ext4Layout.MaximumFileSize)
            throw new InvalidLayerException("It is larger than the 16 TiB that ext4 allows a file.");

        FileContentWriter content = _disk.Content;
        content.Begin(entry.Regions.Sum(static region => region.Length));
        foreach (StoredRegion region in entry.Regions)
        {
            content.SkipTo(region.Offset);
            for (long rest = region.Length; rest > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_disk.IsOverfull)
                    throw new InvalidLayerException("With it, the image has more than the 256 GiB that a root filesystem can take.");
                Span<byte> room = content.Room();
                if (room.Length > rest)
                    room = room[..(int)rest];
                reader.ReadContent(room);
                content.Advance(room.Length);
                rest -= room.Length;
            }
        }

        return new RegularFileNode { Size = entry.Size, Extents = content.Complete() };
    }
}
