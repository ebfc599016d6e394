namespace Islet.Protocol.Http2;

internal sealed partial class Http2ServerConnection
{
    // The first bytes of the preface, read as the length of a frame: larger than any frame.
    private const int PrefaceAsLength = ('P' << 16) | ('R' << 8) | 'I';

    private readonly byte[] _partial = new byte[Http2Limits.MaxFrameSize];
    private int _partialLength;
    private int _prefaceRemaining = Preface.Length;
    private bool _settingsReceived;
    private bool _inFrame;
    private FrameHeader _frame;
    private int _payloadRemaining;
    private byte[] _unconsumed = [];

    /// <summary>The bytes that every client begins with (RFC 9113, section 3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Handles bytes from the transport, cut anywhere, and raises the resulting events.</summary>
    /// <returns>
    /// <see langword="false"/> when another client has begun: a transport without connections, such as a virtio-serial port, gives the
    /// bytes of the next client right behind those of the last. <see cref="TakeUnconsumed"/> has the next client's bytes, for a new
    /// connection.
    /// </returns>
    /// <exception cref="Http2Exception">The client broke the protocol. The connection is over; the output has a GOAWAY frame for
    /// it.</exception>
    public bool Receive(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_failed)
        {
            if (_prefaceRemaining > 0)
                ReceivePreface(ref bytes);
            else if (_inFrame && _frame.Type == FrameType.Data)
                ReceiveData(ref bytes);
            else if (_inFrame)
                ReceivePayload(ref bytes);
            else if (!TryReceiveHeader(ref bytes))
                return false;
        }

        return true;
    }

    /// <summary>Returns the bytes of the next client, from the first on, after <see cref="Receive"/> has found one.</summary>
    public ReadOnlyMemory<byte> TakeUnconsumed()
    {
        byte[] taken = _unconsumed;
        _unconsumed = [];
        return taken;
    }

    private void ReceivePreface(ref ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(_prefaceRemaining, bytes.Length);
        if (!bytes[..count].SequenceEqual(Preface.Slice(Preface.Length - _prefaceRemaining, count)))
            throw Fail(Http2Error.ProtocolError, "The client does not speak HTTP/2 with prior knowledge.");
        bytes = bytes[count..];
        _prefaceRemaining -= count;
        if (_prefaceRemaining == 0)
            _output.Append(Greeting);
    }

    /// <summary>Reads the header of a frame.</summary>
    /// <returns><see langword="false"/> when another client's preface stands where a header should.</returns>
    private bool TryReceiveHeader(ref ReadOnlySpan<byte> bytes)
    {
        FrameHeader frame;
        if (_partialLength == 0 && bytes.Length >= FrameHeader.Size)
        {
            frame = FrameHeader.Read(bytes);
            if (frame.Length == PrefaceAsLength)
                return Restart([], bytes);
            bytes = bytes[FrameHeader.Size..];
        }
        else
        {
            int count = Math.Min(FrameHeader.Size - _partialLength, bytes.Length);
            bytes[..count].CopyTo(_partial.AsSpan(_partialLength));
            _partialLength += count;
            bytes = bytes[count..];
            if (_partialLength < FrameHeader.Size)
                return true;
            frame = FrameHeader.Read(_partial);
            _partialLength = 0;
            if (frame.Length == PrefaceAsLength)
                return Restart(_partial.AsSpan(0, FrameHeader.Size), bytes);
        }

        BeginFrame(frame);
        return true;
    }

    private bool Restart(ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest)
    {
        _failed = true;
        _unconsumed = [.. first, .. rest];
        return false;
    }

    private void BeginFrame(FrameHeader frame)
    {
        if (frame.Length > Http2Limits.MaxFrameSize)
            throw Fail(Http2Error.FrameSizeError, $"A frame of {frame.Length} bytes is longer than {Http2Limits.MaxFrameSize}.");
        if (!_settingsReceived && (frame.Type != FrameType.Settings || frame.Has(FrameFlags.Acknowledge)))
            throw Fail(Http2Error.ProtocolError, "The client's first frame is not its settings.");
        if (_blockStream != 0 && (frame.Type != FrameType.Continuation || frame.StreamId != _blockStream))
            throw Fail(Http2Error.ProtocolError, "A header block was interrupted by another frame.");

        _settingsReceived = true;
        _frame = frame;
        _inFrame = true;
        _payloadRemaining = frame.Length;
        if (frame.Type == FrameType.Data)
            BeginData();
        else if (frame.Length == 0)
            ReceiveFrame([]);
    }

    /// <summary>Gathers the payload of any frame but DATA, whose bytes are passed on as they come.</summary>
    private void ReceivePayload(ref ReadOnlySpan<byte> bytes)
    {
        if (_partialLength == 0 && bytes.Length >= _payloadRemaining)
        {
            ReadOnlySpan<byte> payload = bytes[.._payloadRemaining];
            bytes = bytes[_payloadRemaining..];
            ReceiveFrame(payload);
            return;
        }

        int count = Math.Min(_payloadRemaining, bytes.Length);
        bytes[..count].CopyTo(_partial.AsSpan(_partialLength));
        bytes = bytes[count..];
        _partialLength += count;
        _payloadRemaining -= count;
        if (_payloadRemaining > 0)
            return;
        _partialLength = 0;
        ReceiveFrame(_partial.AsSpan(0, _frame.Length));
    }

    private void ReceiveFrame(ReadOnlySpan<byte> payload)
    {
        _inFrame = false;
        switch (_frame.Type)
        {
            case FrameType.Headers: ReceiveHeaders(payload); break;
            case FrameType.Continuation: ReceiveContinuation(payload); break;
            case FrameType.ResetStream: ReceiveReset(payload); break;
            case FrameType.Settings: ReceiveSettings(payload); break;
            case FrameType.Ping: ReceivePing(payload); break;
            case FrameType.WindowUpdate: ReceiveWindowUpdate(payload); break;
            case FrameType.GoAway: ReceiveGoAway(payload); break;
            case FrameType.Priority: ReceivePriority(payload); break;
            case FrameType.PushPromise: throw Fail(Http2Error.ProtocolError, "Only a server may push.");
            default: RequireCalm(); break;
        }
    }

    private void RequireCalm()
    {
        if (!_controls.TryTake())
            throw Fail(Http2Error.EnhanceYourCalm, "The client sends frames of no use without end.");
    }

    private void RequireReader()
    {
        if (_output.Length > Http2Limits.MaxUnread)
            throw Fail(Http2Error.EnhanceYourCalm, $"The client demands answers while {_output.Length} bytes wait for it to read them.");
    }

    private void RequireLength(ReadOnlySpan<byte> payload, int length)
    {
        if (payload.Length != length)
            throw Fail(Http2Error.FrameSizeError, $"A {_frame.Type} frame has {payload.Length} bytes, not {length}.");
    }

    private void RequireConnectionFrame()
    {
        if (_frame.StreamId != 0)
            throw Fail(Http2Error.ProtocolError, $"A {_frame.Type} frame is on stream {_frame.StreamId}; it belongs to the connection.");
    }

    /// <summary>Ends the connection over a frame on stream 0, or on one that was never opened.</summary>
    private void RequireKnownStream()
    {
        if (_frame.StreamId == 0 || _frame.StreamId > _lastId || _frame.StreamId % 2 == 0)
            throw Fail(Http2Error.ProtocolError, $"A {_frame.Type} frame is on stream {_frame.StreamId}, which was never opened.");
    }
}
