using System.Buffers;
using System.Globalization;
using System.Text;

namespace Islet.Guest.Files;

/// <summary>
/// Writes an archive, byte for byte (POSIX.1-2017, pax): a ustar header for each entry, preceded by pax records for values that do not fit
/// there. A record states the length of its value, which is bytes too: it may hold any name that a file can have.
/// </summary>
internal sealed class TarEncoder(Stream output)
{
    public const int BlockSize = 512;

    // The largest size that fits the octal field.
    private const long LargestSize = (1L << 33) - 1;
    private const uint LargestId = (1 << 21) - 1;
    private const int NameLength = 100, PrefixLength = 155;

    private static readonly byte[] s_zeros = new byte[BlockSize];

    private readonly byte[] _header = new byte[BlockSize];
    private readonly ArrayBufferWriter<byte> _records = new();

    /// <summary>Writes the headers of an entry; the caller then writes the content and calls <see cref="Pad"/>.</summary>
    public void WriteHeader(TarEntry entry)
    {
        bool fits = TrySplit(entry.Name, out int prefix);
        _records.ResetWrittenCount();
        if (!fits)
            AddRecord("path"u8, entry.Name);
        if (entry.LinkName.Length > NameLength)
            AddRecord("linkpath"u8, entry.LinkName);
        if (entry.Size > LargestSize)
            AddRecord("size"u8, entry.Size);
        if (entry.User > LargestId)
            AddRecord("uid"u8, entry.User);
        if (entry.Group > LargestId)
            AddRecord("gid"u8, entry.Group);
        if (entry.ModifiedNanoseconds != 0 || entry.ModifiedSeconds is < 0 or > LargestSize)
            AddRecord("mtime"u8, TimeOf(entry));
        foreach ((byte[] name, byte[] value) in entry.Attributes)
            AddRecord([.. "SCHILY.xattr."u8, .. name], value);

        if (_records.WrittenCount > 0)
        {
            FillHeader(
                "PaxHeaders/entry"u8, 0, new TarEntry { Name = [], Type = TarType.Records, Mode = 0x1A4, Size = _records.WrittenCount });
            output.Write(_header);
            output.Write(_records.WrittenSpan);
            Pad(_records.WrittenCount);
        }

        FillHeader(fits ? entry.Name : entry.Name.AsSpan(0, NameLength), fits ? prefix : 0, entry);
        output.Write(_header);
    }

    /// <summary>Fills the last block of an entry's content.</summary>
    public void Pad(long length)
    {
        int rest = (int)(length % BlockSize);
        if (rest != 0)
            output.Write(s_zeros.AsSpan(rest));
    }

    /// <summary>Ends the archive.</summary>
    public void Complete()
    {
        output.Write(s_zeros);
        output.Write(s_zeros);
        output.Flush();
    }

    // A name that is too long for its field can be cut at a slash; the part to the left of the slash goes into the prefix field.
    private static bool TrySplit(byte[] name, out int prefix)
    {
        prefix = 0;
        if (name.Length <= NameLength)
            return true;
        if (name.Length > PrefixLength + 1 + NameLength)
            return false;
        int slash = name.AsSpan(name.Length - NameLength - 1, Math.Min(NameLength, PrefixLength + 1 + NameLength - name.Length) + 1)
            .IndexOf((byte)'/');
        if (slash < 0)
            return false;
        prefix = name.Length - NameLength - 1 + slash;
        return prefix is > 0 and <= PrefixLength && name.Length > prefix + 1;
    }

    private void FillHeader(ReadOnlySpan<byte> name, int prefix, TarEntry entry)
    {
        Span<byte> header = _header;
        header.Clear();
        (prefix > 0 ? name[(prefix + 1)..] : name).CopyTo(header);
        WriteOctal(header[100..107], entry.Mode & 0xFFF);
        WriteOctal(header[108..115], Math.Min(entry.User, LargestId));
        WriteOctal(header[116..123], Math.Min(entry.Group, LargestId));
        WriteOctal(header[124..135], Math.Min(entry.Size, LargestSize));
        WriteOctal(header[136..147], Math.Clamp(entry.ModifiedSeconds, 0, LargestSize));
        header[156] = entry.Type;
        entry.LinkName.AsSpan(0, Math.Min(entry.LinkName.Length, NameLength)).CopyTo(header[157..257]);
        "ustar\0"u8.CopyTo(header[257..]);
        "00"u8.CopyTo(header[263..]);
        WriteOctal(header[329..336], entry.DeviceMajor);
        WriteOctal(header[337..344], entry.DeviceMinor);
        if (prefix > 0)
            name[..prefix].CopyTo(header[345..500]);

        header[148..156].Fill((byte)' ');
        uint sum = 0;
        foreach (byte b in header)
            sum += b;
        WriteOctal(header[148..154], sum);
        header[154] = 0;
    }

    private static void WriteOctal(Span<byte> field, long value)
    {
        for (int i = field.Length - 1; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
    }

    private static byte[] TimeOf(TarEntry entry)
    {
        // -1.25 is stored as the second before it and the remainder from there: -2 and 750,000,000.
        (long seconds, long nanoseconds) = (entry.ModifiedSeconds, entry.ModifiedNanoseconds);
        string sign = "";
        if (seconds < 0)
        {
            sign = "-";
            seconds = nanoseconds == 0 ? -seconds : -seconds - 1;
            nanoseconds = nanoseconds == 0 ? 0 : 1_000_000_000 - nanoseconds;
        }

        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}.{nanoseconds:000000000}"));
    }

    private void AddRecord(ReadOnlySpan<byte> key, long value) =>
        AddRecord(key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

    // "LENGTH KEY=VALUE\n", where the length counts its own digits.
    private void AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int rest = key.Length + value.Length + 3, length = rest + 1;
        while (rest + Digits(length) != length)
            length = rest + Digits(length);
        _records.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
        _records.Write(" "u8);
        _records.Write(key);
        _records.Write("="u8);
        _records.Write(value);
        _records.Write("\n"u8);
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
