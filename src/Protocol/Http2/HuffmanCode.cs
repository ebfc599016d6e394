namespace Islet.Protocol.Http2;

/// <summary>HPACK's Huffman code (RFC 7541, appendix B). It is canonical, so the lengths of the codes are all that has to be written
/// down.</summary>
internal static class HuffmanCode
{
    private const int Longest = 30, Symbols = 256;

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    ];

    private static Tables? s_tables;

    /// <summary>Decodes a string.</summary>
    /// <returns><see langword="false"/> when it is malformed, or longer than <paramref name="target"/>.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> target, out int length)
    {
        Tables tables = s_tables ??= new Tables();
        length = 0;
        int code = 0, bits = 0;
        foreach (byte next in source)
        {
            for (int i = 7; i >= 0; i--)
            {
                code = (code << 1) | ((next >> i) & 1);
                if (++bits > Longest)
                    return false;
                int place = code - tables.First[bits];
                if (place < 0 || place >= tables.Count[bits])
                    continue;
                if (length == target.Length)
                    return false;
                target[length++] = tables.Symbols[tables.Offset[bits] + place];
                code = bits = 0;
            }
        }

        // The padding is the beginning of the longest code, all ones, and shorter than a byte.
        return bits < 8 && code == (1 << bits) - 1;
    }

    /// <summary>The first code of each length, the number of codes of that length, and the symbols in the order of their codes.</summary>
    private sealed class Tables
    {
        public readonly byte[] Symbols = new byte[HuffmanCode.Symbols];
        public readonly int[] First = new int[Longest + 1], Offset = new int[Longest + 1], Count = new int[Longest + 1];

        public Tables()
        {
            int code = 0, place = 0;
            for (int bits = 1; bits <= Longest; bits++)
            {
                code <<= 1;
                First[bits] = code;
                Offset[bits] = place;
                for (int symbol = 0; symbol < HuffmanCode.Symbols; symbol++)
                {
                    if (Lengths[symbol] == bits)
                        Symbols[place++] = (byte)symbol;
                }

                Count[bits] = place - Offset[bits];
                code += Count[bits];
            }
        }
    }
}
