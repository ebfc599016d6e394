namespace Islet.Protocol.Http2;

internal sealed partial class Http2ServerConnection
{
    private const int PrioritySize = 5;

    private byte[] _block = [];
    private uint _blockStream;
    private bool _blockEnds;
    private int _continuations;

    private void ReceiveHeaders(ReadOnlySpan<byte> payload)
    {
        if (_frame.StreamId % 2 == 0)
            throw Fail(Http2Error.ProtocolError, $"The client opened stream {_frame.StreamId}, a number that is not its own.");
        int padding = 0;
        if (_frame.Has(FrameFlags.Padded))
        {
            if (payload.IsEmpty)
                throw Fail(Http2Error.FrameSizeError, "A HEADERS frame with padding is empty.");
            padding = payload[0];
            payload = payload[1..];
        }

        int priority = _frame.Has(FrameFlags.HasPriority) ? PrioritySize : 0;
        if (payload.Length < priority + padding)
            throw Fail(Http2Error.ProtocolError, "The padding of a HEADERS frame is longer than the frame.");
        payload = payload[priority..^padding];
        _blockEnds = _frame.Has(FrameFlags.EndStream);
        if (_frame.Has(FrameFlags.EndHeaders))
        {
            ReceiveBlock(_frame.StreamId, payload);
            return;
        }

        _blockStream = _frame.StreamId;
        _block = payload.ToArray();
        _continuations = 0;
    }

    private void ReceiveContinuation(ReadOnlySpan<byte> payload)
    {
        if (_blockStream == 0)
            throw Fail(Http2Error.ProtocolError, "A CONTINUATION frame continues nothing.");
        if (++_continuations > Http2Limits.MaxContinuations || _block.Length + payload.Length > Http2Limits.MaxHeaders)
            throw Fail(Http2Error.EnhanceYourCalm, "A header block goes on without end.");
        _block = [.. _block, .. payload];
        if (!_frame.Has(FrameFlags.EndHeaders))
            return;
        byte[] block = _block;
        uint id = _blockStream;
        _block = [];
        _blockStream = 0;
        ReceiveBlock(id, block);
    }

    private void ReceiveBlock(uint id, ReadOnlySpan<byte> block)
    {
        // The blocks of refused and forgotten streams are decoded as well: the dynamic table belongs to the connection.
        bool isKnown = id <= _lastId;
        _headers.Reset(isTrailers: isKnown);
        try
        {
            _hpack.Decode(block, _headers);
        }
        catch (Http2Exception exception)
        {
            throw Fail(exception.Error, exception.Message);
        }

        _headers.Complete();
        if (isKnown)
            ReceiveTrailers(id);
        else
            ReceiveRequest(id);
    }

    private void ReceiveTrailers(uint id)
    {
        if (!_streams.TryGetValue(id, out Http2Stream? stream))
            RequireCalm();
        else if (stream.RemoteClosed)
            ResetByFault(stream, Http2Error.StreamClosed);
        else if (!_blockEnds || _headers.IsMalformed)
            ResetByFault(stream, Http2Error.ProtocolError);
        else
            ReceiveEnd(stream);
    }

    private void ReceiveRequest(uint id)
    {
        RequireReader();
        _lastId = id;
        if (_streams.Count >= Http2Limits.MaxStreams || _headers.IsMalformed)
        {
            RequireFewResets();
            WriteReset(id, _headers.IsMalformed ? Http2Error.ProtocolError : Http2Error.RefusedStream);
            return;
        }

        var stream = new Http2Stream(this, id, _initialSendCredit);
        _streams.Add(id, stream);
        _requests.Begin(stream, _headers);
        if (_blockEnds)
            ReceiveEnd(stream);
    }
}
