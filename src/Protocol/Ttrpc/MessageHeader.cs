using System.Buffers.Binary;

namespace Islet.Protocol.Ttrpc;

/// <summary>The header in front of every ttrpc message: 10 bytes, big endian (ttrpc specification, "Message Frame").</summary>
/// <param name="Length">The length in bytes of the data that follows.</param>
/// <param name="StreamId">The call; odd when the client began it, which is the only way there is.</param>
/// <param name="Type">What the message is.</param>
/// <param name="Flags">How the stream goes on.</param>
public readonly record struct MessageHeader(uint Length, uint StreamId, MessageType Type, MessageFlags Flags)
{
    /// <summary>The length of a header in bytes.</summary>
    public const int Size = 10;

    /// <summary>The longest data that a message may have: 4 MiB. A longer one is discarded and answered with an error.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>Is the data longer than the specification allows?</summary>
    public bool IsOversize => Length > MaxLength;

    /// <summary>Does the message carry <paramref name="flag"/>?</summary>
    public bool Has(MessageFlags flag) => (Flags & flag) != 0;

    /// <summary>Reads a header from the first 10 bytes, without judging what it says.</summary>
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
