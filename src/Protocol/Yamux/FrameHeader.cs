using System.Buffers.Binary;

namespace Islet.Protocol.Yamux;

/// <summary>The header in front of every yamux frame: 12 bytes, big endian (yamux specification, "Framing").</summary>
/// <param name="Type">The type of the frame.</param>
/// <param name="Flags">The effect on its stream; for a ping, question (SYN) or answer (ACK).</param>
/// <param name="StreamId">The stream; 0 for the session itself (ping, go away).</param>
/// <param name="Length">
/// Data: the number of bytes that follow. Window update: the number of bytes by which the window grows. Ping: an opaque value. Go away: a
/// <see cref="GoAwayCode"/>.
/// </param>
public readonly record struct FrameHeader(FrameType Type, FrameFlags Flags, uint StreamId, uint Length)
{
    /// <summary>The length of a header in bytes.</summary>
    public const int Size = 12;

    /// <summary>The only existing version.</summary>
    public const byte CurrentVersion = 0;

    /// <summary>The sender's version; any other than <see cref="CurrentVersion"/> is a violation.</summary>
    public byte Version { get; init; }

    /// <summary>Whether the frame carries <paramref name="flag"/>.</summary>
    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <summary>Reads a header from the first 12 bytes, without checking its values.</summary>
    /// <returns><see langword="false"/> when there are fewer bytes than that.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out FrameHeader header)
    {
        if (source.Length < Size)
        {
            header = default;
            return false;
        }

        header = new FrameHeader(
            (FrameType)source[1],
            (FrameFlags)BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[8..]))
        {
            Version = source[0],
        };
        return true;
    }

    /// <summary>Writes the header to the first 12 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer bytes than that.</exception>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)Flags);
        destination[1] = (byte)Type;
        destination[0] = Version;
    }
}
