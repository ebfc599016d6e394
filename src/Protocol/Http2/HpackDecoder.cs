namespace Islet.Protocol.Http2;

/// <summary>Receives the fields of a header block, in order. The bytes are valid during the call.</summary>
internal interface IHeaderFields
{
    void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}

/// <summary>Decodes HPACK header blocks (RFC 7541): static table, dynamic table, Huffman strings.</summary>
internal sealed class HpackDecoder
{
    private const int EntryOverhead = 32;

    // Newest first, as the indexes count.
    private readonly List<(byte[] Name, byte[] Value)> _table = [];
    private int _tableSize;
    private int _tableLimit = Http2Limits.HeaderTable;
    private byte[]? _nameBuffer;
    private byte[]? _valueBuffer;

    /// <summary>The number of entries of the dynamic table.</summary>
    public int TableCount => _table.Count;

    /// <summary>The size of the dynamic table (RFC 7541, section 4.1).</summary>
    public int TableSize => _tableSize;

    /// <summary>Decodes a whole block.</summary>
    /// <exception cref="Http2Exception">
    /// The block is malformed (<see cref="Http2Error.CompressionError"/>), or too much comes out of it
    /// (<see cref="Http2Error.EnhanceYourCalm"/>). The table is not to be used any more.
    /// </exception>
    public void Decode(ReadOnlySpan<byte> block, IHeaderFields fields)
    {
        int size = 0;
        while (!block.IsEmpty)
        {
            byte first = block[0];
            if ((first & 0xE0) == 0x20)
            {
                if (size > 0)
                    throw Malformed("a table size behind a field");
                Resize(ReadInteger(ref block, 5));
                continue;
            }

            bool whole = (first & 0x80) != 0, remembered = (first & 0x40) != 0;
            int index = ReadInteger(ref block, whole ? 7 : remembered ? 6 : 4);
            ReadOnlySpan<byte> name = index == 0 && !whole ? ReadString(ref block, ref _nameBuffer) : NameOf(index);
            ReadOnlySpan<byte> value = whole ? ValueOf(index) : ReadString(ref block, ref _valueBuffer);
            size += name.Length + value.Length + EntryOverhead;
            if (size > Http2Limits.MaxHeaders)
                throw new Http2Exception(Http2Error.EnhanceYourCalm,
                    $"The headers of a request are larger than {Http2Limits.MaxHeaders} bytes.");
            fields.Field(name, value);
            if (remembered && !whole)
                Remember(name.ToArray(), value.ToArray());
        }
    }

    private void Resize(int limit)
    {
        if (limit > Http2Limits.HeaderTable)
            throw Malformed("a table larger than allowed");
        _tableLimit = limit;
        MakeRoom(0);
    }

    private void Remember(byte[] name, byte[] value)
    {
        int size = name.Length + value.Length + EntryOverhead;
        MakeRoom(size);
        if (size > _tableLimit)
            return;
        _table.Insert(0, (name, value));
        _tableSize += size;
    }

    private void MakeRoom(int size)
    {
        while (_table.Count > 0 && _tableSize + size > _tableLimit)
        {
            (byte[] name, byte[] value) = _table[^1];
            _tableSize -= name.Length + value.Length + EntryOverhead;
            _table.RemoveAt(_table.Count - 1);
        }
    }

    private ReadOnlySpan<byte> NameOf(int index) => index is > 0 and <= StaticTable.Count ? StaticTable.Name(index) : EntryAt(index).Name;

    private ReadOnlySpan<byte> ValueOf(int index) => index is > 0 and <= StaticTable.Count ? StaticTable.Value(index)
        : EntryAt(index).Value;

    private (byte[] Name, byte[] Value) EntryAt(int index) =>
        index - StaticTable.Count - 1 is >= 0 and int place && place < _table.Count ? _table[place]
            : throw Malformed("an index without an entry");

    private static int ReadInteger(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        int mask = (1 << prefixBits) - 1;
        int value = block[0] & mask;
        int at = 1;
        for (int shift = 0; value >= mask && at <= block.Length; shift += 7)
        {
            // Three bytes of seven bits are more than any table or string has.
            if (at == block.Length || shift > 14)
                throw Malformed("an integer that is cut off or too large");
            byte next = block[at++];
            value += (next & 0x7F) << shift;
            if (next < 0x80)
                break;
        }

        block = block[at..];
        return value;
    }

    private static ReadOnlySpan<byte> ReadString(ref ReadOnlySpan<byte> block, ref byte[]? buffer)
    {
        if (block.IsEmpty)
            throw Malformed("a field that is cut off");
        bool isHuffman = (block[0] & 0x80) != 0;
        int length = ReadInteger(ref block, 7);
        if (length > block.Length)
            throw Malformed("a string that is cut off");
        ReadOnlySpan<byte> text = block[..length];
        block = block[length..];
        if (!isHuffman)
            return text;

        // The shortest code has five bits.
        int longest = length * 8 / 5;
        if (buffer is null || buffer.Length < longest)
            buffer = new byte[Math.Max(256, longest)];
        return HuffmanCode.TryDecode(text, buffer, out int decoded) ? buffer.AsSpan(0, decoded)
            : throw Malformed("a string that is no Huffman code");
    }

    private static Http2Exception Malformed(string what) => new(Http2Error.CompressionError, $"A header block has {what}.");
}
