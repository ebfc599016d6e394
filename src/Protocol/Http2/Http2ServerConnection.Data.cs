namespace Islet.Protocol.Http2;

internal sealed partial class Http2ServerConnection
{
    private const int PaddingUnknown = -1;

    private Http2Stream? _dataStream;
    private int _padding;
    private int _receiveCredit = Http2Limits.ConnectionWindow;
    private int _held;

    internal void Release(Http2Stream stream, int count)
    {
        stream.Held -= count;
        _held -= count;
    }

    private void BeginData()
    {
        RequireKnownStream();
        if (_frame.Length > _receiveCredit)
            throw Fail(Http2Error.FlowControlError, "The client sent more than the window of the connection.");
        if (_frame.Length == 0 && !_frame.Has(FrameFlags.EndStream))
            RequireCalm();
        if (_frame.Length == 0 && _frame.Has(FrameFlags.Padded))
            throw Fail(Http2Error.FrameSizeError, "A DATA frame with padding is empty.");

        _padding = _frame.Has(FrameFlags.Padded) ? PaddingUnknown : 0;
        _dataStream = FindForData();
        _receiveCredit -= _frame.Length;
        if (_receiveCredit < Http2Limits.ConnectionWindow / 2)
        {
            WriteWindowUpdate(0, Http2Limits.ConnectionWindow - _receiveCredit);
            _receiveCredit = Http2Limits.ConnectionWindow;
        }

        if (_payloadRemaining == 0)
            EndData();
    }

    /// <summary>Returns the stream of the frame, or null for a stream that is gone, whose bytes are skipped: its end may have crossed
    /// them.</summary>
    private Http2Stream? FindForData()
    {
        if (!_streams.TryGetValue(_frame.StreamId, out Http2Stream? stream))
            return null;
        if (stream.RemoteClosed)
        {
            ResetByFault(stream, Http2Error.StreamClosed);
            return null;
        }

        if (_frame.Length > stream.ReceiveCredit)
        {
            ResetByFault(stream, Http2Error.FlowControlError);
            return null;
        }

        stream.ReceiveCredit -= _frame.Length;
        stream.Held += _frame.Length;
        _held += _frame.Length;
        if (_held > Http2Limits.MaxHeld)
            ResetByFault(_streams.Values.MaxBy(each => (each.IsResetFirst && each.Held > 0, each.Held))!, Http2Error.EnhanceYourCalm);
        return stream;
    }

    private void ReceiveData(ref ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> piece = bytes[..Math.Min(_payloadRemaining, bytes.Length)];
        bytes = bytes[piece.Length..];
        if (_padding == PaddingUnknown)
        {
            _padding = piece[0];
            if (_padding >= _payloadRemaining)
                throw Fail(Http2Error.ProtocolError, "The padding of a DATA frame is longer than the frame.");
            _payloadRemaining--;
            piece = piece[1..];
            _dataStream?.Consume(1 + _padding);
        }

        _payloadRemaining -= piece.Length;
        ReadOnlySpan<byte> data = piece[..^Math.Min(piece.Length, Math.Max(0, _padding - _payloadRemaining))];
        if (!data.IsEmpty && _dataStream is { IsGone: false } stream)
            stream.Handler.Received(data);
        if (_payloadRemaining == 0)
            EndData();
    }

    private void EndData()
    {
        _inFrame = false;
        Http2Stream? stream = _dataStream;
        _dataStream = null;
        if (_frame.Has(FrameFlags.EndStream) && stream is not null)
            ReceiveEnd(stream);
    }

    private void ReceiveEnd(Http2Stream stream)
    {
        if (stream.IsGone)
            return;
        stream.RemoteClosed = true;
        if (stream.LocalClosed)
            Remove(stream);
        stream.Handler.RemoteClosed();
    }

    /// <summary>Ends one stream because the client broke a rule on it. A client that does so without end resets streams as any
    /// other.</summary>
    private void ResetByFault(Http2Stream stream, Http2Error error)
    {
        RequireFewResets();
        stream.Reset(error);
        stream.Handler.Lost();
    }

    private void RequireFewResets()
    {
        if (!_resets.TryTake())
            throw Fail(Http2Error.EnhanceYourCalm, "The client begins and resets streams without end.");
    }
}
