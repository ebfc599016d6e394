using System.Buffers.Binary;

namespace Islet.Protocol.Http2;

internal sealed partial class Http2ServerConnection
{
    private const int Beyond = Http2Limits.ConnectionWindow - Http2Limits.DefaultWindow;

    private long _initialSendCredit = Http2Limits.DefaultWindow;
    private int _maxFrame = Http2Limits.MaxFrameSize;

    /// <summary>The number of bytes that may be sent on all streams together.</summary>
    internal long SendCredit { get; private set; } = Http2Limits.DefaultWindow;

    /// <summary>The same, and 0 while much of the output is unread.</summary>
    internal long SendAllowance => _output.Length >= Http2Limits.CongestedAt ? 0 : SendCredit;

    internal void WriteData(Http2Stream stream, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        int remaining = head.Length + body.Length;
        SendCredit -= remaining;
        stream.SendCredit -= remaining;
        while (remaining > 0)
        {
            int count = Math.Min(remaining, _maxFrame);
            int fromHead = Math.Min(head.Length, count);
            Span<byte> payload = Begin(FrameType.Data, 0, stream.Id, count);
            head[..fromHead].CopyTo(payload);
            body[..(count - fromHead)].CopyTo(payload[fromHead..]);
            _output.Advance(FrameHeader.Size + count);
            head = head[fromHead..];
            body = body[(count - fromHead)..];
            remaining -= count;
        }
    }

    internal void WriteHeaders(Http2Stream stream, ReadOnlySpan<byte> block, bool ends) =>
        WriteFrame(FrameType.Headers, (byte)(FrameFlags.EndHeaders | (ends ? FrameFlags.EndStream : 0)), stream.Id, block);

    internal void WriteReset(uint id, Http2Error error) => WriteWord(FrameType.ResetStream, id, (uint)error);

    internal void WriteWindowUpdate(uint id, int increment) => WriteWord(FrameType.WindowUpdate, id, (uint)increment);

    private void WriteWord(FrameType type, uint id, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Begin(type, 0, id, WordSize), value);
        _output.Advance(FrameHeader.Size + WordSize);
    }

    private void WriteFrame(FrameType type, byte flags, uint id, ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(Begin(type, flags, id, payload.Length));
        _output.Advance(FrameHeader.Size + payload.Length);
    }

    private Span<byte> Begin(FrameType type, byte flags, uint id, int length)
    {
        Span<byte> frame = _output.GetSpan(FrameHeader.Size + length);
        new FrameHeader(length, type, flags, id).Write(frame);
        return frame.Slice(FrameHeader.Size, length);
    }

    /// <summary>Ends the connection with a GOAWAY frame.</summary>
    private Http2Exception Fail(Http2Error error, string message)
    {
        _failed = true;
        Span<byte> payload = Begin(FrameType.GoAway, 0, 0, GoAwaySize);
        BinaryPrimitives.WriteUInt32BigEndian(payload, _lastId);
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)error);
        _output.Advance(FrameHeader.Size + GoAwaySize);
        return new Http2Exception(error, message);
    }
}
