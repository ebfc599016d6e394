using System.Buffers.Text;

namespace Islet.Guest.Files;

/// <summary>
/// Pax records of one entry (POSIX.1-2017, pax, "pax Extended Header"). Each states its length, so that its value may be any bytes.
/// </summary>
internal sealed class PaxRecords
{
    private static ReadOnlySpan<byte> AttributePrefix => "SCHILY.xattr."u8;

    private readonly List<(byte[] Name, byte[] Value)> _attributes = [];
    private byte[]? _path;
    private byte[]? _linkPath;
    private long? _size;
    private uint? _user;
    private uint? _group;
    private (long Seconds, uint Nanoseconds)? _modified;

    /// <exception cref="InvalidDataException">The bytes are not pax records, or the values are not ones that can be applied.</exception>
    public static PaxRecords Parse(ReadOnlySpan<byte> text)
    {
        var records = new PaxRecords();
        while (!text.IsEmpty)
        {
            if (!Utf8Parser.TryParse(text, out int length, out int digits) || length <= digits + 1 || length > text.Length
                || text[digits] != ' ' || text[length - 1] != '\n')
                throw Malformed();
            ReadOnlySpan<byte> record = text[(digits + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw Malformed();
            records.Add(record[..equals], record[(equals + 1)..]);
            text = text[length..];
        }

        return records;
    }

    /// <summary>Overrides fields of the entry's header. An empty value cancels a record.</summary>
    public void ApplyTo(TarEntry entry)
    {
        if (_path is { Length: > 0 })
            entry.Name = _path;
        if (_linkPath is { Length: > 0 })
            entry.LinkName = _linkPath;
        entry.Size = _size ?? entry.Size;
        entry.User = _user ?? entry.User;
        entry.Group = _group ?? entry.Group;
        if (_modified is { } modified)
            (entry.ModifiedSeconds, entry.ModifiedNanoseconds) = modified;
        entry.Attributes = _attributes;
    }

    private void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (value.Contains((byte)0) && (key.SequenceEqual("path"u8) || key.SequenceEqual("linkpath"u8)))
            throw new InvalidDataException("the archive has a name with a NUL in it");
        if (key.SequenceEqual("path"u8))
            _path = value.ToArray();
        else if (key.SequenceEqual("linkpath"u8))
            _linkPath = value.ToArray();
        else if (key.SequenceEqual("size"u8))
            _size = value.IsEmpty ? null : Number(value);
        else if (key.SequenceEqual("uid"u8))
            _user = value.IsEmpty ? null : (uint)Number(value);
        else if (key.SequenceEqual("gid"u8))
            _group = value.IsEmpty ? null : (uint)Number(value);
        else if (key.SequenceEqual("mtime"u8))
            _modified = value.IsEmpty ? null : Time(value);
        else if (key.StartsWith(AttributePrefix))
            AddAttribute(key[AttributePrefix.Length..], value);
        else if (key.StartsWith("GNU.sparse."u8))
            throw new InvalidDataException("the archive has a sparse file, which can't be unpacked: make it without --sparse");
    }

    private void AddAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty || name.Contains((byte)0))
            throw Malformed();
        byte[] key = name.ToArray();
        _attributes.RemoveAll(attribute => attribute.Name.AsSpan().SequenceEqual(key));
        _attributes.Add((key, value.ToArray()));
    }

    private static long Number(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out int length) && length == value.Length && number >= 0 ? number : throw Malformed();

    // Seconds, a dot, and any number of digits; the fraction of a negative time counts from the second before.
    private static (long Seconds, uint Nanoseconds) Time(ReadOnlySpan<byte> value)
    {
        bool isNegative = value[0] == '-';
        ReadOnlySpan<byte> digits = isNegative ? value[1..] : value;
        int dot = digits.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? digits : digits[..dot];
        long seconds = whole.IsEmpty ? 0 : Number(whole), nanoseconds = 0;
        ReadOnlySpan<byte> fraction = dot < 0 ? [] : digits[(dot + 1)..];
        for (int i = 0; i < 9; i++)
        {
            int digit = i < fraction.Length ? fraction[i] - '0' : 0;
            if (digit is < 0 or > 9)
                throw Malformed();
            nanoseconds = (nanoseconds * 10) + digit;
        }

        if (!isNegative)
            return (seconds, (uint)nanoseconds);
        return nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, (uint)(1_000_000_000 - nanoseconds));
    }

    private static InvalidDataException Malformed() => new("the stream is no tar archive: its pax records are malformed");
}
