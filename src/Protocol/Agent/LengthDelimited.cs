using System.Buffers;
using Google.Protobuf;

namespace Islet.Protocol.Agent;

/// <summary>A protobuf message after its length as a varint: the heads and trailers of raw streams.</summary>
public static class LengthDelimited
{
    /// <summary>The length of the longest message that is read or written: 64 KiB.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Writes length and message.</summary>
    /// <exception cref="ArgumentException">The message is longer than <see cref="MaxLength"/>.</exception>
    public static void Write(IBufferWriter<byte> output, IMessage message)
    {
        int size = message.CalculateSize();
        if (size > MaxLength)
            throw new ArgumentException($"A raw stream begins with {MaxLength} bytes at most, not {size}.", nameof(message));

        Span<byte> span = output.GetSpan(Varint.MaxSize + size);
        int prefix = Varint.Write(span, (uint)size);
        message.WriteTo(span.Slice(prefix, size));
        output.Advance(prefix + size);
    }

    /// <summary>Reads length and message from the front of <paramref name="source"/>.</summary>
    /// <param name="source">The bytes that have arrived so far, from the length on.</param>
    /// <param name="message">The message to merge into, an empty one.</param>
    /// <param name="consumed">The number of bytes of length and message; 0 while the message is incomplete.</param>
    /// <returns>Whether the message was complete.</returns>
    /// <exception cref="InvalidDataException">The length is over <see cref="MaxLength"/>, or the bytes are not such a message.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, IMessage message, out int consumed)
    {
        consumed = 0;
        int prefix = Varint.Read(source, out uint length);
        if (prefix < 0 || length > MaxLength)
            throw new InvalidDataException($"The head of a raw stream is longer than {MaxLength} bytes.");
        if (prefix == 0 || source.Length - prefix < length)
            return false;

        try
        {
            message.MergeFrom(source.Slice(prefix, (int)length));
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException("The head of a raw stream is malformed.", error);
        }

        consumed = prefix + (int)length;
        return true;
    }
}
