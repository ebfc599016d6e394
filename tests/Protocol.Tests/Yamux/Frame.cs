using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

/// <summary>A frame as the tests write and read it.</summary>
internal sealed record Frame(FrameHeader Header, byte[] Payload)
{
    public static byte[] Data(uint id, byte[] payload, FrameFlags flags = FrameFlags.None) =>
        [.. Header12(FrameType.Data, flags, id, (uint)payload.Length), .. payload];

    public static byte[] Window(uint id, uint delta, FrameFlags flags = FrameFlags.None) =>
        Header12(FrameType.WindowUpdate, flags, id, delta);

    public static byte[] Open(uint id) => Window(id, 0, FrameFlags.Open);

    public static byte[] Finish(uint id) => Window(id, 0, FrameFlags.Finish);

    public static byte[] Reset(uint id) => Window(id, 0, FrameFlags.Reset);

    public static byte[] Header12(FrameType type, FrameFlags flags, uint id, uint length)
    {
        byte[] bytes = new byte[FrameHeader.Size];
        new FrameHeader(type, flags, id, length).Write(bytes);
        return bytes;
    }

    public static List<Frame> Parse(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<Frame>();
        while (!bytes.IsEmpty)
        {
            Assert.True(FrameHeader.TryRead(bytes, out FrameHeader header));
            int length = header.Type == FrameType.Data ? (int)header.Length : 0;
            frames.Add(new Frame(header, bytes.Slice(FrameHeader.Size, length).ToArray()));
            bytes = bytes[(FrameHeader.Size + length)..];
        }

        return frames;
    }

    /// <summary>Returns all pending output as frames, which then counts as sent.</summary>
    public static List<Frame> TakeFrom(YamuxConnection connection)
    {
        List<Frame> frames = Parse(connection.Output.Span);
        connection.AdvanceOutput(connection.PendingOutput);
        return frames;
    }

    public override string ToString() => $"{Header.Type} {Header.Flags} {Header.StreamId} {Header.Length}";
}
