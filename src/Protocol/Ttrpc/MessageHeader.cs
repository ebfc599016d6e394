using System.Buffers.Binary;

namespace Islet.Protocol.Ttrpc;

/// <summary>The header in front of every ttrpc message: 10 bytes, big endian (ttrpc specification, "Message Frame").</summary>
/// <param name="Length">The length in bytes of the data that follows.</param>
/// <param name="StreamId">The number of the call; odd when the client began it, which is the only case.</param>
/// <param name="Type">The type of the message.</param>
/// <param name="Flags">The continuation of the stream.</param>
public readonly record struct MessageHeader(uint Length, uint StreamId, MessageType Type, MessageFlags Flags)
{
    /// <summary>The length of a header in bytes.</summary>
    public const int Size = 10;

    /// <summary>The length of the longest data of a message: 4 MiB. A longer one is discarded and answered with an error.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>Whether the data is longer than the specification allows.</summary>
    public bool IsOversize => Length > MaxLength;

    /// <summary>Whether the message carries <paramref name="flag"/>.</summary>
    public bool Has(MessageFlags flag) => (Flags & flag) != 0;

    /// <summary>Reads a header from the first 10 bytes, without checking its values.</summary>
    /// <returns><see langword="false"/> when there are fewer bytes than that.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out MessageHeader header)
    {
        if (source.Length < Size)
        {
            header = default;
            return false;
        }

        header = new MessageHeader(
            BinaryPrimitives.ReadUInt32BigEndian(source),
            BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            (MessageType)source[8],
            (MessageFlags)source[9]);
        return true;
    }

    /// <summary>Writes the header to the first 10 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer bytes than that.</exception>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        destination[8] = (byte)Type;
        destination[9] = (byte)Flags;
    }
}
