namespace Islet.Tar;

/// <summary>
/// Reads the four formats in which GNU tar records the stored parts of a sparse file (GNU tar manual, "Storing Sparse Files"): in the
/// header and the blocks after it ("old"), in pax records (0.0 and 0.1), and in front of the content (1.0).
/// </summary>
internal static class SparseMap
{
    /// <summary>The largest map that is read before its end is known, in bytes; such maps are padded to whole blocks.</summary>
    public const int MaximumBytes = 1 << 20;

    /// <summary>Parses the entries of an old format's block: 12 characters of offset, 12 of length; an empty one ends the list.</summary>
    public static void ParseOldEntries(ReadOnlySpan<byte> entries, List<StoredRegion> regions)
    {
        for (; entries.Length >= 24 && entries[0] != 0; entries = entries[24..])
        {
            regions.Add(new StoredRegion(
                TarNumber.ParseField(entries[..12], "sparse map"),
                TarNumber.ParseField(entries.Slice(12, 12), "sparse map")));
        }
    }

    /// <summary>Returns the map of formats 0.0 and 0.1; <see langword="null"/> when the records hold none.</summary>
    public static List<StoredRegion>? FromRecords(PaxRecords records)
    {
        if (records["GNU.sparse.map"] is { } map)
            return Pairs(map.Split((byte)','));
        if (records.RepeatedSparseNumbers.Count > 0)
            return Pairs(records.RepeatedSparseNumbers);
        return records["GNU.sparse.numblocks"] is null ? null : [];
    }

    /// <summary>Returns the map of format 1.0: a count and that many pairs, each number on a line, padded to a block.</summary>
    /// <param name="readBlock">Reads the content's next 512 bytes.</param>
    public static List<StoredRegion> FromContent(Action<byte[]> readBlock)
    {
        List<byte[]> numbers = [];
        List<byte> line = [];
        byte[] block = new byte[TarHeader.Size];
        long wanted = 1;
        for (int total = 0; numbers.Count < wanted; total += block.Length)
        {
            if (total >= MaximumBytes)
                throw new TarException("A sparse file's map is too long.");

            readBlock(block);
            for (int i = 0; i < block.Length && numbers.Count < wanted; i++)
            {
                if (block[i] != (byte)'\n')
                {
                    line.Add(block[i]);
                    continue;
                }

                numbers.Add([.. line]);
                line.Clear();
                if (numbers.Count == 1)
                    wanted = 1 + (2 * Math.Min(TarNumber.ParseDecimal(numbers[0], "sparse map"), MaximumBytes));
            }
        }

        numbers.RemoveAt(0);
        return Pairs(numbers);
    }

    /// <summary>Refuses maps that overlap, run backwards, leave the file, or do not add up to the stored size.</summary>
    public static void Validate(List<StoredRegion> regions, long storedBytes, long realSize)
    {
        if (realSize < 0)
            throw new TarException("A sparse file's size is negative.");

        long position = 0;
        long stored = 0;
        foreach (StoredRegion region in regions)
        {
            if (region.Offset < position || region.Length < 0 || region.Offset > realSize || region.Length > realSize - region.Offset)
                throw new TarException("A sparse file's map is not in order or reaches beyond the file.");
            position = region.Offset + region.Length;
            stored += region.Length;
        }

        if (stored != storedBytes)
            throw new TarException("A sparse file's map does not match the stored content.");
    }

    private static List<StoredRegion> Pairs(List<byte[]> numbers)
    {
        if (numbers.Count % 2 != 0)
            throw new TarException("A sparse file's map is malformed.");

        List<StoredRegion> regions = new(numbers.Count / 2);
        for (int i = 0; i < numbers.Count; i += 2)
        {
            regions.Add(new StoredRegion(
                TarNumber.ParseDecimal(numbers[i], "sparse map"), TarNumber.ParseDecimal(numbers[i + 1], "sparse map")));
        }

        return regions;
    }

    private static List<byte[]> Split(this byte[] text, byte separator)
    {
        List<byte[]> parts = [];
        foreach (Range part in text.AsSpan().Split(separator))
            parts.Add(text[part]);
        return parts;
    }
}
