using System.Buffers.Binary;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>The filesystem's record of one group: <c>struct ext4_group_desc</c> with its 64-bit half.</summary>
internal sealed record GroupDescriptor
{
    public required long BlockBitmap { get; init; }

    public required long InodeBitmap { get; init; }

    public required long InodeTable { get; init; }

    public required int FreeBlocks { get; init; }

    public required int FreeInodes { get; init; }

    public required int Directories { get; init; }

    /// <summary>The number of inodes at the table's end that were never used.</summary>
    public required int UnusedInodes { get; init; }

    /// <summary>The checksum of the bitmap; <see langword="null"/> when the bitmap was not written and reads as computed.</summary>
    public required uint? BlockBitmapChecksum { get; init; }

    /// <inheritdoc cref="BlockBitmapChecksum"/>
    public required uint? InodeBitmapChecksum { get; init; }

    public void WriteTo(Span<byte> descriptor, int group, uint filesystemSeed)
    {
        // INODE_UNINIT and BLOCK_UNINIT spare the kernel from reading the bitmaps; INODE_ZEROED keeps it from
        // clearing tables in the background: the file's holes are zeros already.
        const int inodeUninit = 1;
        const int blockUninit = 2;
        const int inodeZeroed = 4;

        descriptor.PutSplit32(0x00, 0x20, BlockBitmap);
        descriptor.PutSplit32(0x04, 0x24, InodeBitmap);
        descriptor.PutSplit32(0x08, 0x28, InodeTable);
        descriptor.PutSplit16(0x0C, 0x2C, (uint)FreeBlocks);
        descriptor.PutSplit16(0x0E, 0x2E, (uint)FreeInodes);
        descriptor.PutSplit16(0x10, 0x30, (uint)Directories);
        descriptor.Put16(
            0x12,
            inodeZeroed | (BlockBitmapChecksum is null ? blockUninit : 0) | (InodeBitmapChecksum is null ? inodeUninit : 0));
        descriptor.PutSplit16(0x18, 0x38, BlockBitmapChecksum ?? 0);
        descriptor.PutSplit16(0x1A, 0x3A, InodeBitmapChecksum ?? 0);
        descriptor.PutSplit16(0x1C, 0x32, (uint)UnusedInodes);

        uint checksum = Crc32C.Append(Crc32C.Append(filesystemSeed, (uint)group), descriptor[..GroupDescriptorSize]);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[0x1E..], (ushort)checksum);
    }
}
