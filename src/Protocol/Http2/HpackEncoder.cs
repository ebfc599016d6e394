using System.Buffers;

namespace Islet.Protocol.Http2;

/// <summary>
/// Encodes header blocks (RFC 7541) as literals that the receiver does not remember: there is nothing to keep in step, and the responses
/// of a server are a few bytes long.
/// </summary>
internal static class HpackEncoder
{
    /// <summary>The field ":status: 200" of the static table.</summary>
    public const byte StatusOk = 0x88;

    /// <summary>Writes a field as a literal without indexing (section 6.2.2).</summary>
    public static void Write(IBufferWriter<byte> block, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        block.Write("\0"u8);
        WriteString(block, name);
        WriteString(block, value);
    }

    private static void WriteString(IBufferWriter<byte> block, ReadOnlySpan<byte> text)
    {
        const int Mask = 0x7F;
        Span<byte> length = block.GetSpan(1 + Varint.MaxSize);
        length[0] = (byte)Math.Min(text.Length, Mask);
        block.Advance(text.Length < Mask ? 1 : 1 + Varint.Write(length[1..], (uint)(text.Length - Mask)));
        block.Write(text);
    }
}
