using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>A sequence of netlink messages, whose attributes can be nested. It only builds bytes and makes no system call.</summary>
internal sealed class NetlinkMessages
{
    private const int HeaderLength = 16, AttributeHeader = 4;
    private const ushort Nested = 0x8000;

    private readonly byte[] _bytes = new byte[16 * 1024];
    private int _length;
    private int _message;

    /// <summary>All messages so far; the last one must have been ended.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Begins a message of nfnetlink, which <see cref="EndMessage"/> ends.</summary>
    public void BeginMessage(ushort type, ushort flags, byte family, ushort resource = 0)
    {
        _message = _length;
        Span<byte> header = Take(HeaderLength + 4);
        MemoryMarshal.Write(header[4..], type);
        MemoryMarshal.Write(header[6..], flags);
        header[HeaderLength] = family;
        BinaryPrimitives.WriteUInt16BigEndian(header[(HeaderLength + 2)..], resource);
    }

    /// <summary>Asks the kernel to answer the last message that was ended.</summary>
    public void AskForAnswer()
    {
        const byte Acknowledge = 4;
        _bytes[_message + 6] |= Acknowledge;
    }

    public void EndMessage() => MemoryMarshal.Write(_bytes.AsSpan(_message), (uint)(_length - _message));

    /// <summary>Begins an attribute that contains others.</summary>
    /// <returns>The value to pass to <see cref="EndNested"/>.</returns>
    public int BeginNested(ushort type)
    {
        int start = _length;
        MemoryMarshal.Write(Take(AttributeHeader)[2..], (ushort)(type | Nested));
        return start;
    }

    public void EndNested(int start) => MemoryMarshal.Write(_bytes.AsSpan(start), (ushort)(_length - start));

    public void Add(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Add(type, bytes);
    }

    public void Add(ushort type, string text)
    {
        // Includes the NUL that ends the text.
        Span<byte> bytes = stackalloc byte[64];
        bytes.Clear();
        Add(type, bytes[..(Encoding.ASCII.GetBytes(text, bytes[..^1]) + 1)]);
    }

    public void Add(ushort type, ReadOnlySpan<byte> value)
    {
        int length = AttributeHeader + value.Length;
        Span<byte> attribute = Take((length + 3) & ~3);
        MemoryMarshal.Write(attribute, (ushort)length);
        MemoryMarshal.Write(attribute[2..], type);
        value.CopyTo(attribute[AttributeHeader..]);
    }

    // Bytes that were not taken yet are zero.
    private Span<byte> Take(int count)
    {
        Span<byte> taken = _bytes.AsSpan(_length, count);
        _length += count;
        return taken;
    }
}
