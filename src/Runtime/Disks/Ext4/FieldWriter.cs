using System.Buffers.Binary;

namespace Islet.Disks.Ext4;

/// <summary>Writes little-endian fields at the offsets that the format defines.</summary>
internal static class FieldWriter
{
    public static void Put16(this Span<byte> structure, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(structure[offset..], (ushort)value);

    public static void Put32(this Span<byte> structure, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(structure[offset..], value);

    /// <summary>Writes a number that the format stores in two halves of 32 bits at different places.</summary>
    public static void PutSplit32(this Span<byte> structure, int low, int high, long value)
    {
        structure.Put32(low, (uint)value);
        structure.Put32(high, (uint)(value >> 32));
    }

    /// <summary>Writes a number that the format stores in two halves of 16 bits at different places.</summary>
    public static void PutSplit16(this Span<byte> structure, int low, int high, uint value)
    {
        structure.Put16(low, (ushort)value);
        structure.Put16(high, (ushort)(value >> 16));
    }
}
