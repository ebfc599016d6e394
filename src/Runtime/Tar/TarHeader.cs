namespace Islet.Tar;

/// <summary>
/// One 512-byte header block, in all dialects in use: V7, POSIX ustar (IEEE 1003.1, pax, "ustar Interchange Format"), GNU and star.
/// </summary>
internal readonly ref struct TarHeader
{
    public const int Size = 512;

    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;

    private readonly ReadOnlySpan<byte> _block;

    public TarHeader(ReadOnlySpan<byte> block)
    {
        _block = block;
        IsGnu = block.Slice(257, 8).SequenceEqual("ustar  \0"u8);
        bool isPosix = block.Slice(257, 6).SequenceEqual("ustar\0"u8);
        IsStar = isPosix && block.Slice(508, 4).SequenceEqual("tar\0"u8);
        IsUstar = isPosix && !IsStar;
    }

    public bool IsGnu { get; }

    private bool IsUstar { get; }

    private bool IsStar { get; }

    public byte TypeFlag => _block[156];

    public long StoredSize => TarNumber.ParseField(_block.Slice(124, 12), "size");

    public ushort Permissions => (ushort)(TarNumber.ParseField(_block.Slice(100, 8), "mode") & 0xFFF);

    public long UserId => TarNumber.ParseField(_block.Slice(108, 8), "owner");

    public long GroupId => TarNumber.ParseField(_block.Slice(116, 8), "group");

    public long Modified => TarNumber.ParseField(_block.Slice(136, 12), "modification time");

    public byte[] LinkName => UntilNul(_block.Slice(157, 100)).ToArray();

    // V7 has no device fields; the bytes there are not a number.
    public long DeviceMajor => HasDevices ? TarNumber.ParseField(_block.Slice(329, 8), "device number") : 0;

    public long DeviceMinor => HasDevices ? TarNumber.ParseField(_block.Slice(337, 8), "device number") : 0;

    private bool HasDevices => IsGnu || IsUstar || IsStar;

    /// <summary>The name, joined with the prefix that ustar and star store separately. GNU uses that room for other things.</summary>
    public byte[] Name
    {
        get
        {
            ReadOnlySpan<byte> name = UntilNul(_block[..100]);
            ReadOnlySpan<byte> prefix = IsUstar ? UntilNul(_block.Slice(345, 155)) : IsStar ? UntilNul(_block.Slice(345, 131)) : [];
            return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
        }
    }

    /// <summary>The four map entries of GNU's old sparse format.</summary>
    public ReadOnlySpan<byte> SparseMap => _block.Slice(386, 4 * 24);

    public bool SparseMapContinues => _block[482] != 0;

    public long SparseRealSize => TarNumber.ParseField(_block.Slice(483, 12), "size");

    /// <summary>Whether the block's checksum matches. Old writers summed signed bytes, so either sum is accepted.</summary>
    public static bool ChecksumMatches(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> field = block.Slice(ChecksumOffset, ChecksumLength).Trim([(byte)' ', (byte)0]);
        long stored = 0;
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return false;
            stored = (stored << 3) | (uint)(digit - '0');
        }

        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < Size; i++)
        {
            byte value = i is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        return !field.IsEmpty && (stored == unsigned || stored == signed);
    }

    public static ReadOnlySpan<byte> UntilNul(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
