using System.Buffers.Binary;
using System.Numerics;

namespace Islet.Disks.Ext4;

/// <summary>The checksum of ext4's metadata: CRC-32C as the kernel's crc32c() runs it, without inversions before or after.</summary>
internal static class Crc32C
{
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }

    public static uint Append(uint crc, uint value) => BitOperations.Crc32C(crc, value);

    public static uint Append(uint crc, ulong value) => BitOperations.Crc32C(crc, value);
}
