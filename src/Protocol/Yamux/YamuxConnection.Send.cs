namespace Islet.Protocol.Yamux;

public sealed partial class YamuxConnection
{
    /// <summary>Opens a stream; data may be sent at once.</summary>
    /// <returns>The stream's id.</returns>
    /// <exception cref="YamuxException">
    /// The connection has failed, the peer has gone away (<see cref="YamuxError.GoneAway"/>), or the ids are used up.
    /// </exception>
    /// <exception cref="InvalidOperationException">Too many streams wait for the peer: see <see cref="CanOpenStream"/>.</exception>
    public uint OpenStream()
    {
        ThrowIfFailed();
        if (_peerGoneAway)
            throw new YamuxException(YamuxError.GoneAway, "The peer accepts no more streams on this connection.");
        if (_nextId > uint.MaxValue)
            throw new YamuxException(YamuxError.StreamsExhausted, "The connection has used up its stream ids; begin a new one.");
        if (!CanOpenStream)
            throw new InvalidOperationException("Too many streams wait for the peer to acknowledge them.");

        uint id = (uint)_nextId;
        _nextId += 2;
        Add(id, openedHere: true);
        WriteHeader(FrameType.WindowUpdate, FrameFlags.Open, id, WindowBeyondInitial);
        return id;
    }

    /// <summary>Returns the number of bytes that may be sent on the stream now; 0 when it is gone or closed for writing.</summary>
    public int SendWindow(uint id) =>
        _streams.Find(id) is { LocalClosed: false } stream ? (int)Math.Min(stream.SendWindow, int.MaxValue) : 0;

    /// <summary>
    /// Sends as much of <paramref name="data"/> as the peer's window allows, in frames of at most <see cref="YamuxOptions.MaxFrameSize"/>.
    /// </summary>
    /// <returns>The number of bytes taken; 0 when the window is empty or the stream is gone.</returns>
    /// <exception cref="InvalidOperationException">This side has closed its writes.</exception>
    public int Send(uint id, ReadOnlySpan<byte> data)
    {
        if (_streams.Find(id) is not { } stream)
            return 0;
        if (stream.LocalClosed)
            throw new InvalidOperationException($"The writes of stream {id} have been closed.");

        AcknowledgeOnce(stream);
        int sent = (int)Math.Min(stream.SendWindow, (uint)data.Length);
        stream.SendWindow -= (uint)sent;
        for (int offset = 0; offset < sent;)
        {
            int length = Math.Min(sent - offset, _options.MaxFrameSize);
            WriteHeader(FrameType.Data, FrameFlags.None, id, (uint)length);
            _output.Append(data.Slice(offset, length));
            offset += length;
        }

        return sent;
    }

    /// <summary>Half closes: the peer reads the end after the bytes sent. Calling it twice is harmless.</summary>
    public void CloseWrites(uint id)
    {
        if (_streams.Find(id) is not { LocalClosed: false } stream)
            return;

        AcknowledgeOnce(stream);
        stream.LocalClosed = true;
        WriteHeader(FrameType.WindowUpdate, FrameFlags.Finish, id, 0);
        if (stream.RemoteClosed)
            Remove(stream);
    }

    /// <summary>Ends both directions at once. No more events come for the stream.</summary>
    public void Reset(uint id)
    {
        if (_streams.Find(id) is not { } stream)
            return;

        Remove(stream);
        WriteHeader(FrameType.WindowUpdate, FrameFlags.Reset, id, 0);
    }

    /// <summary>
    /// Marks <paramref name="count"/> received bytes as consumed by the application. The peer is told once half of the window has gathered,
    /// so that there are few updates and the sender does not run dry.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is larger than the number of received bytes.</exception>
    public void Consume(uint id, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (_streams.Find(id) is not { } stream)
            return;

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, stream.Delivered);
        stream.Delivered -= (uint)count;
        stream.Consumed += (uint)count;
        if (stream.RemoteClosed || stream.Consumed < (uint)_options.ReceiveWindow / 2)
            return;

        WriteHeader(FrameType.WindowUpdate, FrameFlags.None, id, stream.Consumed);
        stream.ReceiveCredit += stream.Consumed;
        stream.Consumed = 0;
    }

    /// <summary>Asks the peer for a sign of life; <see cref="IYamuxEvents.PongReceived"/> brings the same value back.</summary>
    public void Ping(uint value) => WriteHeader(FrameType.Ping, FrameFlags.Open, 0, value);

    /// <summary>Announces that this side accepts no more streams, and resets those that the peer still opens.</summary>
    /// <param name="code">The reason: see <see cref="GoAwayCode"/>.</param>
    public void GoAway(uint code)
    {
        _localGoneAway = true;
        WriteHeader(FrameType.GoAway, FrameFlags.None, 0, code);
    }

    private uint WindowBeyondInitial => (uint)(_options.ReceiveWindow - YamuxOptions.InitialWindow);

    private void WriteHeader(FrameType type, FrameFlags flags, uint id, uint length)
    {
        new FrameHeader(type, flags, id, length).Write(_output.GetSpan(FrameHeader.Size));
        _output.Advance(FrameHeader.Size);
    }
}
