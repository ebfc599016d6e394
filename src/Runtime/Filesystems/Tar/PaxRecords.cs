using System.Text;

namespace Islet.Filesystems.Tar;

/// <summary>
/// The records of pax extended headers (IEEE 1003.1, pax, "pax Header Block"). Values stay bytes: names need not be UTF-8, and
/// the values of extended attributes (<c>SCHILY.xattr.*</c>) are not text at all.
/// </summary>
internal sealed class PaxRecords
{
    private const string AttributePrefix = "SCHILY.xattr.";

    // Keys as Latin-1, which maps every byte to one character and back.
    private readonly Dictionary<string, byte[]> _values = [];

    /// <summary>The map of GNU's sparse format 0.0, whose two keys occur once per region.</summary>
    public List<byte[]> RepeatedSparseNumbers { get; } = [];

    public byte[]? this[string key] => _values.TryGetValue(key, out byte[]? value) && value.Length > 0 ? value : null;

    public void Clear()
    {
        _values.Clear();
        RepeatedSparseNumbers.Clear();
    }

    /// <summary>Adds the records of one header; a later record of the same key wins, an empty value takes the key back.</summary>
    public void Parse(ReadOnlySpan<byte> records)
    {
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

    /// <summary>This header's records over those that hold for the whole archive.</summary>
    public void InheritFrom(PaxRecords global)
    {
        foreach ((string key, byte[] value) in global._values)
            _values.TryAdd(key, value);
    }

    public List<ExtendedAttribute> ExtendedAttributes()
    {
        List<ExtendedAttribute> attributes = [];
        foreach ((string key, byte[] value) in _values)
        {
            if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
                attributes.Add(new ExtendedAttribute(Encoding.Latin1.GetBytes(key[AttributePrefix.Length..]), value));
        }

        return attributes;
    }

    private void Add(string key, ReadOnlySpan<byte> value)
    {
        if (key is "path" or "linkpath" or "GNU.sparse.name" && value.Contains((byte)0))
            throw new InvalidLayerException("An extended header has a name with a NUL in it.");

        if (key is "GNU.sparse.offset" or "GNU.sparse.numbytes")
            RepeatedSparseNumbers.Add(value.ToArray());
        else
            _values[key] = value.ToArray();
    }

    private static InvalidLayerException Malformed() => new("An extended header is malformed.");
}
