using System.Text;

namespace Islet.Tar;

/// <summary>
/// The records of pax extended headers (IEEE 1003.1, pax, "pax Header Block"). Values stay bytes: names need not be UTF-8, and
/// the values of extended attributes (<c>SCHILY.xattr.*</c>) are not text at all.
/// </summary>
/// <param name="global">
/// The records of the whole archive, which apply where these have none. Only owners, times and attributes of them count: a name or a size
/// for all entries makes no sense.
/// </param>
internal sealed class PaxRecords(PaxRecords? global = null)
{
    /// <summary>The limit in bytes of all headers of one kind together; Go's archive/tar has the same limit for a single header.</summary>
    public const int MaximumBytes = 1 << 20;

    /// <summary>
    /// The largest number of attributes: more than ext4 has room for, and so few that a global header with them costs little at each entry.
    /// </summary>
    private const int MaximumAttributes = 1024;

    private const string AttributePrefix = "SCHILY.xattr.";

    // Keys as Latin-1, which maps every byte to one character and back.
    private readonly Dictionary<string, byte[]> _values = [];
    private readonly Dictionary<string, byte[]> _attributes = [];
    private int _bytes;

    /// <summary>The map of GNU's sparse format 0.0, whose two keys occur once per region.</summary>
    public List<byte[]> RepeatedSparseNumbers { get; } = [];

    /// <summary>The last value of the key; null if there is none, or if an empty value removed it.</summary>
    public byte[]? this[string key] =>
        !_values.TryGetValue(key, out byte[]? value) ? key is "uid" or "gid" or "mtime" or "atime" or "ctime" ? global?[key] : null
        : value.Length > 0 ? value
        : null;

    public void Clear()
    {
        _values.Clear();
        _attributes.Clear();
        RepeatedSparseNumbers.Clear();
        _bytes = 0;
    }

    /// <summary>Adds the records of one header; a later record of the same key wins.</summary>
    public void Parse(ReadOnlySpan<byte> records)
    {
        _bytes += records.Length;
        if (_bytes > MaximumBytes)
            throw new TarException("Its extended headers are too large.");

        while (!records.IsEmpty)
        {
            int blank = records.IndexOf((byte)' ');
            if (blank is < 1 or > 10)
                throw Malformed();

            long length = TarNumber.ParseDecimal(records[..blank], "record length");
            if (length <= blank + 1 || length > records.Length || records[(int)length - 1] != (byte)'\n')
                throw Malformed();

            ReadOnlySpan<byte> record = records[(blank + 1)..((int)length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals < 1)
                throw Malformed();

            Add(Encoding.Latin1.GetString(record[..equals]), record[(equals + 1)..]);
            records = records[(int)length..];
        }
    }

    public List<ExtendedAttribute> ExtendedAttributes()
    {
        List<ExtendedAttribute> attributes = [];
        foreach ((string name, byte[] value) in _attributes)
            attributes.Add(new ExtendedAttribute(Encoding.Latin1.GetBytes(name), value));
        foreach ((string name, byte[] value) in global?._attributes ?? [])
        {
            if (!_attributes.ContainsKey(name))
                attributes.Add(new ExtendedAttribute(Encoding.Latin1.GetBytes(name), value));
        }

        return attributes;
    }

    private void Add(string key, ReadOnlySpan<byte> value)
    {
        if (key is "path" or "linkpath" or "GNU.sparse.name" && value.Contains((byte)0))
            throw new TarException("An extended header has a name with a NUL in it.");

        if (key is "GNU.sparse.offset" or "GNU.sparse.numbytes")
            RepeatedSparseNumbers.Add(value.ToArray());
        else if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
            AddAttribute(key[AttributePrefix.Length..], value);
        else
            _values[key] = value.ToArray();
    }

    private void AddAttribute(string name, ReadOnlySpan<byte> value)
    {
        _attributes[name] = value.ToArray();
        if (_attributes.Count > MaximumAttributes)
            throw new TarException("It has too many extended attributes.");
    }

    private static TarException Malformed() => new("An extended header is malformed.");
}
