namespace Islet.Guest.Files;

/// <summary>
/// Reads an archive, byte for byte: ustar and the older format, pax records, GNU's long names and numbers. Only the form of an entry is
/// checked here; the caller must judge where its names lead.
/// </summary>
/// <remarks>
/// The host has a reader of its own for layers, <c>TarStreamReader</c>. It knows more: sparse files in four formats, records for the whole
/// archive, star's headers, the position of each content. The agent needs none of that for a copy, refuses sparse files with a reason, and
/// keeps six records of an entry instead of all. Each instruction of the agent is translated again after a restore, and its heap is small.
/// </remarks>
internal sealed class TarDecoder(Stream input)
{
    private const int BlockSize = TarEncoder.BlockSize;

    // The limit for names and records. No real archive has larger ones.
    private const int LargestExtra = 1 << 20;

    private readonly byte[] _block = new byte[BlockSize];
    private byte[]? _longName;
    private byte[]? _longLink;
    private PaxRecords? _records;
    private long _left;
    private int _padding;

    /// <summary>Reads the next entry, and skips content of the previous entry that the caller has not read.</summary>
    /// <returns>The entry, or <see langword="null"/> at the end.</returns>
    /// <exception cref="InvalidDataException">The input is not an archive, or one that can't be unpacked.</exception>
    /// <exception cref="EndOfStreamException">The input ends in the middle of the archive.</exception>
    public TarEntry? ReadEntry()
    {
        Skip(_left + _padding);
        _left = _padding = 0;
        _longName = _longLink = null;
        _records = null;
        while (TryReadBlock())
        {
            if (IsZero(_block))
                return null;
            TarEntry entry = ReadHeader();
            if (ReadExtra(entry))
                continue;
            Complete(entry);
            _left = HasContent(entry) ? entry.Size : 0;
            _padding = PaddingOf(_left);
            return entry;
        }

        return _longName is null && _longLink is null && _records is null
            ? null
            : throw new EndOfStreamException("the archive ends before the entry that its last records are for");
    }

    /// <summary>Reads some of the entry's content. Returns 0 at its end.</summary>
    public int ReadContent(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, _left);
        if (wanted == 0)
            return 0;
        int count = input.Read(buffer[..wanted]);
        if (count <= 0)
            throw new EndOfStreamException("the archive ends in the middle of a file");
        _left -= count;
        return count;
    }

    private TarEntry ReadHeader()
    {
        ReadOnlySpan<byte> header = _block;
        RequireChecksum(header);
        bool isPosix = header[257..262].SequenceEqual("ustar"u8);

        // In GNU's own format ("ustar  ") the field of the prefix holds times.
        bool hasPrefix = isPosix && header[262] == 0 && header[345] != 0;
        byte[] name = Text(header[..100]).ToArray();
        if (hasPrefix)
            name = [.. Text(header[345..500]), (byte)'/', .. name];
        return new TarEntry
        {
            Name = name,
            Type = header[156],
            LinkName = Text(header[157..257]).ToArray(),
            Mode = (uint)Number(header[100..108]) & 0xFFF,
            User = (uint)Number(header[108..116]),
            Group = (uint)Number(header[116..124]),
            Size = Number(header[124..136]),
            ModifiedSeconds = Number(header[136..148]),
            DeviceMajor = isPosix ? (uint)Number(header[329..337]) : 0,
            DeviceMinor = isPosix ? (uint)Number(header[337..345]) : 0,
        };
    }

    /// <summary>Reads an entry that only describes the next entry: pax records or a long name.</summary>
    private bool ReadExtra(TarEntry entry)
    {
        switch (entry.Type)
        {
            case TarType.LongName:
                _longName = Text(ReadExtraContent(entry)).ToArray();
                return true;
            case TarType.LongLink:
                _longLink = Text(ReadExtraContent(entry)).ToArray();
                return true;
            case TarType.Records:
                _records = PaxRecords.Parse(ReadExtraContent(entry));
                return true;
            case TarType.GlobalRecords:
                _ = ReadExtraContent(entry); // comments, as git writes them
                return true;
            case TarType.VolumeLabel:
                return true;
            default:
                return false;
        }
    }

    private void Complete(TarEntry entry)
    {
        entry.Name = _longName ?? entry.Name;
        entry.LinkName = _longLink ?? entry.LinkName;
        _records?.ApplyTo(entry);
        if (entry.Size < 0)
            throw new InvalidDataException("the archive has an entry of a negative size");

        // Before directories had a type, a slash at the end of the name marked one.
        if (entry.Type == TarType.OldFile && entry.Name is [.., (byte)'/'])
            entry.Type = TarType.Directory;
    }

    private byte[] ReadExtraContent(TarEntry entry)
    {
        if (entry.Size is < 0 or > LargestExtra)
            throw new InvalidDataException($"the archive has a name or records of {entry.Size} bytes");
        var content = new byte[(int)entry.Size];
        input.ReadExactly(content);
        Skip(PaddingOf(entry.Size));
        return content;
    }

    private bool TryReadBlock()
    {
        int count = input.ReadAtLeast(_block, BlockSize, throwOnEndOfStream: false);
        return count == BlockSize || (count == 0 ? false : throw new EndOfStreamException("the archive ends in the middle of a header"));
    }

    private void Skip(long count)
    {
        while (count > 0)
        {
            int read = input.Read(_block.AsSpan(0, (int)Math.Min(count, BlockSize)));
            if (read <= 0)
                throw new EndOfStreamException("the archive ends in the middle of a file");
            count -= read;
        }
    }

    // Links, directories, pipes and devices have no content, whatever their size field says.
    private static bool HasContent(TarEntry entry) => entry.Type is not (TarType.HardLink or TarType.SymbolicLink or TarType.Directory
        or TarType.Fifo or TarType.CharacterDevice or TarType.BlockDevice);

    private static int PaddingOf(long size) => (int)((BlockSize - (size % BlockSize)) % BlockSize);

    private static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private static void RequireChecksum(ReadOnlySpan<byte> header)
    {
        // The checksum field itself counts as blanks. Some old programs added the bytes up as signed ones.
        long sum = 8 * ' ', signedSum = 8 * ' ';
        for (int i = 0; i < BlockSize; i++)
        {
            if (i is >= 148 and < 156)
                continue;
            sum += header[i];
            signedSum += (sbyte)header[i];
        }

        long told = Number(header[148..156]);
        if (told != sum && told != signedSum)
            throw new InvalidDataException("the stream is no tar archive: a header's checksum is wrong");
    }

    // Octal digits between blanks and NULs, or GNU's form: the first bit set, then a big-endian number in two's complement.
    private static long Number(ReadOnlySpan<byte> field)
    {
        if (field[0] >= 0x80)
        {
            long binary = (field[0] & 0x40) != 0 ? -1 : 0;
            for (int i = 0; i < field.Length; i++)
                binary = (binary << 8) | (i == 0 ? (byte)((field[0] & 0x7F) | ((field[0] & 0x40) << 1)) : field[i]);
            return binary;
        }

        long value = 0;
        foreach (byte b in field.Trim((ReadOnlySpan<byte>)[(byte)' ', 0]))
        {
            if (b is < (byte)'0' or > (byte)'7')
                throw new InvalidDataException("the stream is no tar archive: a header holds no number where one belongs");
            value = (value << 3) | (uint)(b - '0');
        }

        return value;
    }
}
