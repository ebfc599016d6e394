using System.Buffers.Binary;
using System.Numerics;
using static Islet.Disks.Ext4.Ext4Layout;

namespace Islet.Disks.Ext4;

/// <summary>One attribute in ext4's own terms.</summary>
internal readonly record struct Xattr(XattrName Name, byte[] Value)
{
    private const int EntryHeaderSize = 16;

    public int EntrySize => (EntryHeaderSize + Name.Rest.Length + 3) & ~3;

    public int ValueSize => (Value.Length + 3) & ~3;

    public int TotalSize => EntrySize + ValueSize;

    /// <summary>Compares in the order in which the kernel searches a block: namespace, length of the name, bytes of the name.</summary>
    public static int Compare(Xattr left, Xattr right)
    {
        int order = left.Name.Index.CompareTo(right.Name.Index);
        if (order == 0)
            order = left.Name.Rest.Length.CompareTo(right.Name.Rest.Length);
        return order != 0 ? order : left.Name.Rest.AsSpan().SequenceCompareTo(right.Name.Rest);
    }

    public void WriteEntry(Span<byte> entry, int valueOffset, uint hash)
    {
        entry[0] = (byte)Name.Rest.Length;
        entry[1] = Name.Index;
        entry.Put16(2, valueOffset);
        entry.Put32(8, (uint)Value.Length);
        entry.Put32(12, hash);
        Name.Rest.CopyTo(entry[EntryHeaderSize..]);
    }

    /// <summary>Returns ext4_xattr_hash_entry: five bits per character of the name, sixteen per word of the padded value.</summary>
    public uint Hash()
    {
        uint hash = 0;
        foreach (byte character in Name.Rest)
            hash = BitOperations.RotateLeft(hash, 5) ^ character;

        Span<byte> word = stackalloc byte[4];
        for (int i = 0; i < Value.Length; i += 4)
        {
            word.Clear();
            Value.AsSpan(i, Math.Min(4, Value.Length - i)).CopyTo(word);
            hash = BitOperations.RotateLeft(hash, 16) ^ BinaryPrimitives.ReadUInt32LittleEndian(word);
        }

        return hash;
    }
}

/// <summary>
/// Writes the two places for extended attributes: after the inode's fields, and one block per inode. In both, entries grow from the front
/// and values from the back, with four zero bytes between.
/// </summary>
internal static class XattrArea
{
    /// <summary>
    /// The bytes that entries and values can share inside an inode: the rest of it, less a magic number and the terminator.
    /// </summary>
    public const int RoomInInode = InodeSize - Inode.XattrSpaceOffset - 4 - 4;

    public const int RoomInBlock = BlockSize - BlockHeaderSize - 4;

    private const int BlockHeaderSize = 32;
    private const uint Magic = 0xEA020000;

    /// <summary>Returns the part after the inode's fields. Offsets count from the end of the magic number.</summary>
    public static byte[] InInode(List<Xattr> attributes)
    {
        if (attributes.Count == 0)
            return [];

        byte[] area = new byte[InodeSize - Inode.XattrSpaceOffset];
        area.AsSpan().Put32(0, Magic);
        // The kernel leaves the hash of entries inside an inode at zero.
        WriteEntries(area.AsSpan(4), attributes, offsetBase: 0, static _ => 0);
        return area;
    }

    /// <summary>Writes an attribute block. Offsets count from the block's start.</summary>
    public static void WriteBlock(Span<byte> block, long blockNumber, List<Xattr> attributes, uint filesystemSeed)
    {
        attributes.Sort(Xattr.Compare);
        block.Put32(0, Magic);
        block.Put32(4, 1);
        block.Put32(8, 1);
        uint blockHash = 0;
        foreach (Xattr attribute in attributes)
            blockHash = BitOperations.RotateLeft(blockHash, 16) ^ attribute.Hash();
        block.Put32(12, blockHash);
        WriteEntries(block[BlockHeaderSize..], attributes, BlockHeaderSize, static attribute => attribute.Hash());
        block.Put32(16, Crc32C.Append(Crc32C.Append(filesystemSeed, (ulong)blockNumber), block));
    }

    private static void WriteEntries(Span<byte> area, List<Xattr> attributes, int offsetBase, Func<Xattr, uint> hash)
    {
        int entry = 0;
        int value = area.Length;
        foreach (Xattr attribute in attributes)
        {
            value -= attribute.ValueSize;
            attribute.Value.CopyTo(area[value..]);
            // An empty value has no place.
            attribute.WriteEntry(area[entry..], attribute.Value.Length == 0 ? 0 : value + offsetBase, hash(attribute));
            entry += attribute.EntrySize;
        }
    }
}
