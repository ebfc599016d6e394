namespace Islet.Protocol.Yamux;

public sealed partial class YamuxConnection
{
    private readonly byte[] _partialHeader = new byte[FrameHeader.Size];
    private int _partialHeaderLength;

    private uint _payloadRemaining;
    private bool _payloadFinishes;
    private StreamState? _payloadStream;

    private YamuxException? _failure;
    private byte[] _unconsumed = [];

    /// <summary>Handles bytes from the transport, cut anywhere, and raises the resulting events.</summary>
    /// <exception cref="YamuxException">
    /// The peer broke the protocol. The connection is over: a go-away for the peer is in <see cref="Output"/>, and every further call
    /// throws the same. Or the peer began again (<see cref="YamuxError.PeerRestarted"/>).
    /// </exception>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        ThrowIfFailed();
        while (!bytes.IsEmpty)
        {
            if (_synchronizing)
                SkipToPong(ref bytes);
            else if (_payloadRemaining > 0)
                ReceivePayload(ref bytes);
            else if (TryReadHeader(ref bytes, out FrameHeader header))
                ReceiveFrame(header, bytes);
        }
    }

    /// <summary>
    /// Returns, after <see cref="YamuxError.PeerRestarted"/>, the bytes from the new peer's first frame on, which are to be fed to a fresh
    /// connection.
    /// </summary>
    /// <remarks>
    /// A virtio-serial port has no connections. The host's process may be replaced, or another host process may restore the machine from a
    /// checkpoint. Then the guest reads the new peer's bytes right after the old one's. A client's first stream is number 1 and ids are
    /// never used twice. So a SYN for stream 1 after stream 1 was opened can only be a new client. The old connection's streams and pending
    /// output are to be dropped.
    /// </remarks>
    public ReadOnlyMemory<byte> TakeUnconsumed()
    {
        byte[] taken = _unconsumed;
        _unconsumed = [];
        return taken;
    }

    private bool TryReadHeader(ref ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        if (_partialHeaderLength == 0 && FrameHeader.TryRead(bytes, out header))
        {
            bytes = bytes[FrameHeader.Size..];
            return true;
        }

        int count = Math.Min(FrameHeader.Size - _partialHeaderLength, bytes.Length);
        bytes[..count].CopyTo(_partialHeader.AsSpan(_partialHeaderLength));
        bytes = bytes[count..];
        _partialHeaderLength += count;
        if (_partialHeaderLength < FrameHeader.Size)
        {
            header = default;
            return false;
        }

        _partialHeaderLength = 0;
        return FrameHeader.TryRead(_partialHeader, out header);
    }

    private void ReceiveFrame(FrameHeader header, ReadOnlySpan<byte> rest)
    {
        if (header.Version != FrameHeader.CurrentVersion)
            throw Fail(YamuxError.InvalidVersion, $"The peer sent a yamux frame of version {header.Version}; only version 0 exists.");

        switch (header.Type)
        {
            case FrameType.Data or FrameType.WindowUpdate:
                ReceiveStreamFrame(header, rest);
                break;
            case FrameType.Ping:
                ReceivePing(header);
                break;
            case FrameType.GoAway:
                ReceiveGoAway(header);
                break;
            default:
                throw Fail(YamuxError.InvalidType, $"The peer sent a yamux frame of the unknown type {(byte)header.Type}.");
        }
    }

    private void ReceiveStreamFrame(FrameHeader header, ReadOnlySpan<byte> rest)
    {
        if (header.StreamId == 0)
            throw Fail(YamuxError.InvalidStreamId, $"The peer sent a {header.Type} frame without a stream.");

        StreamState? stream = header.Has(FrameFlags.Open) ? ReceiveOpen(header, rest) : _streams.Find(header.StreamId);
        if (stream is { OpenedHere: true, Acknowledged: false } && header.Has(FrameFlags.Acknowledge))
        {
            stream.Acknowledged = true;
            _unacknowledged--;
        }

        if (stream is not null && header.Has(FrameFlags.Reset))
        {
            Remove(stream);
            _events.StreamReset(stream.Id);
            stream = null;
        }

        if (header.Type == FrameType.Data)
            BeginPayload(header, stream);
        else if (stream is not null)
            ReceiveWindowUpdate(header, stream);
    }

    private StreamState? ReceiveOpen(FrameHeader header, ReadOnlySpan<byte> rest)
    {
        uint id = header.StreamId;
        bool isClientId = (id & 1) == 1;
        if (isClientId == _isClient)
            throw Fail(YamuxError.WrongParity, $"The peer opened stream {id}, a number that belongs to this side.");
        if (!_peerIds.TryUse(id))
        {
            throw !_isClient && id == 1
                ? Restarted(header, rest)
                : Fail(YamuxError.DuplicateStream, $"The peer opened stream {id} a second time.");
        }

        if (_localGoneAway || _peerStreams >= _options.MaxStreams)
        {
            WriteReply(FrameType.WindowUpdate, FrameFlags.Reset, id, 0);
            return null;
        }

        StreamState stream = Add(id, openedHere: false);
        _events.StreamOpened(id);
        if (stream.Gone)
            return null;

        AcknowledgeOnce(stream);
        return stream;
    }

    /// <summary>Sends the ACK before anything else on the stream, even if the handler of its opening sends at once.</summary>
    private void AcknowledgeOnce(StreamState stream)
    {
        if (stream.OpenedHere || stream.Acknowledged)
            return;

        stream.Acknowledged = true;
        WriteReply(FrameType.WindowUpdate, FrameFlags.Acknowledge, stream.Id, WindowBeyondInitial);
    }

    private void ReceiveWindowUpdate(FrameHeader header, StreamState stream)
    {
        if (header.Length > uint.MaxValue - stream.SendWindow)
            throw Fail(YamuxError.WindowOverflow, $"The peer raised the window of stream {stream.Id} beyond 2^32-1.");

        stream.SendWindow += header.Length;
        if (header.Length > 0 && !stream.LocalClosed)
            _events.SendWindowOpened(stream.Id);
        if (header.Has(FrameFlags.Finish) && !stream.Gone)
            ReceiveFinish(stream);
    }

    private void BeginPayload(FrameHeader header, StreamState? stream)
    {
        // Bytes of a stream that is gone, most likely because this side reset it, are skipped and not buffered.
        if (header.Length > (uint)_options.ReceiveWindow)
            throw Fail(YamuxError.FrameTooLarge, $"The peer sent a frame of {header.Length} bytes; no window exceeds {_options.ReceiveWindow}.");

        if (stream is not null)
        {
            if (stream.RemoteClosed && header.Length > 0)
                throw Fail(YamuxError.DataAfterFinish, $"The peer sent data on stream {stream.Id} after it had closed its side.");
            if (header.Length > stream.ReceiveCredit)
                throw Fail(YamuxError.WindowExceeded, $"The peer sent {header.Length} bytes into a window of {stream.ReceiveCredit}.");
            stream.ReceiveCredit -= header.Length;
        }

        _payloadStream = stream;
        _payloadRemaining = header.Length;
        _payloadFinishes = header.Has(FrameFlags.Finish);
        if (_payloadRemaining == 0)
            EndPayload();
    }

    private void ReceivePayload(ref ReadOnlySpan<byte> bytes)
    {
        int count = (int)Math.Min(_payloadRemaining, (uint)bytes.Length);
        ReadOnlySpan<byte> piece = bytes[..count];
        bytes = bytes[count..];
        _payloadRemaining -= (uint)count;

        if (_payloadStream is { Gone: false } stream)
        {
            stream.Delivered += (uint)count;
            _events.DataReceived(stream.Id, piece);
        }

        if (_payloadRemaining == 0)
            EndPayload();
    }

    private void EndPayload()
    {
        StreamState? stream = _payloadStream;
        _payloadStream = null;
        if (_payloadFinishes && stream is { Gone: false })
            ReceiveFinish(stream);
    }

    private void ReceiveFinish(StreamState stream)
    {
        if (stream.RemoteClosed)
            throw Fail(YamuxError.DataAfterFinish, $"The peer closed its side of stream {stream.Id} twice.");

        stream.RemoteClosed = true;
        if (stream.LocalClosed)
            Remove(stream);
        _events.RemoteClosed(stream.Id);
    }

    private void ReceivePing(FrameHeader header)
    {
        if (header.StreamId != 0)
            throw Fail(YamuxError.InvalidStreamId, $"The peer sent a ping on stream {header.StreamId}.");

        if (header.Has(FrameFlags.Open))
            WriteReply(FrameType.Ping, FrameFlags.Acknowledge, 0, header.Length);
        else
            _events.PongReceived(header.Length);
    }

    private void ReceiveGoAway(FrameHeader header)
    {
        if (header.StreamId != 0)
            throw Fail(YamuxError.InvalidStreamId, $"The peer sent a go-away on stream {header.StreamId}.");

        _peerGoneAway = true;
        _events.GoAwayReceived(header.Length);
    }

    private void WriteReply(FrameType type, FrameFlags flags, uint id, uint length)
    {
        if (_output.Length > _options.MaxPendingReplies)
            throw Fail(YamuxError.Flooded, $"The peer demands answers while {_output.Length} bytes wait for it to read them.");

        WriteHeader(type, flags, id, length);
    }

    private YamuxException Restarted(FrameHeader header, ReadOnlySpan<byte> rest)
    {
        _unconsumed = new byte[FrameHeader.Size + rest.Length];
        header.Write(_unconsumed);
        rest.CopyTo(_unconsumed.AsSpan(FrameHeader.Size));
        return _failure = new YamuxException(YamuxError.PeerRestarted, "The peer has begun a new session on this transport.");
    }

    private YamuxException Fail(YamuxError error, string message)
    {
        GoAway(GoAwayCode.ProtocolError);
        return _failure = new YamuxException(error, message);
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
            throw new YamuxException(_failure.Error, _failure.Message);
    }
}
