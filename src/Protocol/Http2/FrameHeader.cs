using System.Buffers.Binary;

namespace Islet.Protocol.Http2;

/// <summary>The type of a frame (RFC 9113, section 6). A receiver ignores types that it does not know.</summary>
internal enum FrameType : byte
{
    Data,
    Headers,
    Priority,
    ResetStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
}

/// <summary>The flags of a frame; a bit's meaning depends on the type.</summary>
internal static class FrameFlags
{
    public const byte EndStream = 1, Acknowledge = 1, EndHeaders = 4, Padded = 8, HasPriority = 0x20;
}

/// <summary>The header in front of every HTTP/2 frame: 9 bytes, big endian (RFC 9113, section 4.1).</summary>
internal readonly record struct FrameHeader(int Length, FrameType Type, byte Flags, uint StreamId)
{
    public const int Size = 9;

    public bool Has(byte flag) => (Flags & flag) != 0;

    public static FrameHeader Read(ReadOnlySpan<byte> source) => new(
        (source[0] << 16) | (source[1] << 8) | source[2], (FrameType)source[3], source[4],
        BinaryPrimitives.ReadUInt32BigEndian(source[5..]) & 0x7FFFFFFF);

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, ((uint)Length << 8) | (byte)Type);
        destination[4] = Flags;
        BinaryPrimitives.WriteUInt32BigEndian(destination[5..], StreamId);
    }
}
