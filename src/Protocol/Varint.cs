namespace Islet.Protocol;

/// <summary>Protobuf's variable-length integers (protobuf encoding, "Base 128 Varints"), 32 bits at most.</summary>
internal static class Varint
{
    public const int MaxSize = 5;

    /// <summary>Writes a value.</summary>
    /// <returns>The number of bytes that it took.</returns>
    public static int Write(Span<byte> destination, uint value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads a value from the front.</summary>
    /// <returns>The number of bytes that it took; 0 when the end is missing; -1 when it is not a 32-bit value.</returns>
    public static int Read(ReadOnlySpan<byte> source, out uint value)
    {
        ulong result = 0;
        value = 0;
        for (int i = 0; i < MaxSize; i++)
        {
            if (i == source.Length)
                return 0;

            result |= (ulong)(source[i] & 0x7f) << (7 * i);
            if (source[i] < 0x80)
            {
                value = (uint)result;
                return result > uint.MaxValue ? -1 : i + 1;
            }
        }

        return -1;
    }
}
