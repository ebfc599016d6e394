namespace Islet.Protocol.Http2;

/// <summary>
/// One request of a client and its response. Nothing here waits: bytes beyond the windows are kept until the client makes room. Methods
/// that are called for a stream that is gone do nothing, because the client may reset it at any moment.
/// </summary>
internal sealed class Http2Stream(Http2ServerConnection connection, uint id, long sendCredit)
{
    private OutputBuffer? _waiting;
    private byte[]? _trailers;
    private bool _stopsClient;

    public uint Id => id;

    /// <summary>The receiver of the stream's events.</summary>
    public IHttp2StreamHandler Handler { get; set; } = IgnoringHandler.Instance;

    /// <summary>Whether the stream was reset, or both sides have ended it.</summary>
    public bool IsGone { get; internal set; }

    /// <summary>Whether a response has begun.</summary>
    public bool HeadersSent { get; private set; }

    /// <summary>Whether the request's body has ended.</summary>
    public bool RemoteClosed { get; internal set; }

    /// <summary>Whether the stream is reset before others when all together hold too many received bytes.</summary>
    public bool IsResetFirst { get; set; }

    internal bool LocalClosed { get; set; }

    /// <summary>The number of bytes that may be sent, which a smaller initial window can make negative.</summary>
    internal long SendCredit { get; set; } = sendCredit;

    internal int ReceiveCredit { get; set; } = Http2Limits.StreamWindow;

    /// <summary>The number of bytes of room that the client was not told about.</summary>
    internal int Granted { get; set; }

    /// <summary>The number of received bytes that were not released.</summary>
    internal int Held { get; set; }

    /// <summary>The timer of the client's time limit, which ends with the stream.</summary>
    internal IDisposable? Deadline { get; set; }

    internal bool IsBlocked { get; set; }

    /// <summary>
    /// Returns the number of bytes that may be sent now, of which <paramref name="overhead"/> are not the caller's. After 0,
    /// <see cref="IHttp2StreamHandler.SendWindowOpened"/> tells when to look again.
    /// </summary>
    public int SendWindow(int overhead)
    {
        if (IsGone || LocalClosed || _trailers is not null)
            return 0;
        if (connection.SendAllowance <= overhead)
        {
            connection.Block(this);
            return 0;
        }

        return _waiting is { Length: > 0 } ? 0 : (int)Math.Max(0, Math.Min(SendCredit, connection.SendAllowance) - overhead);
    }

    /// <summary>Begins the response.</summary>
    /// <param name="block">The header block, encoded without the dynamic table.</param>
    public void SendHeaders(ReadOnlySpan<byte> block)
    {
        if (IsGone || LocalClosed)
            return;
        HeadersSent = true;
        connection.WriteHeaders(this, block, ends: false);
    }

    /// <summary>Sends bytes of the response's body, and keeps those that the windows do not allow yet.</summary>
    public void Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (IsGone || LocalClosed || _trailers is not null)
            return;
        if (_waiting is not { Length: > 0 } && head.Length + body.Length <= Math.Min(SendCredit, connection.SendCredit))
        {
            connection.WriteData(this, head, body);
            return;
        }

        _waiting ??= new OutputBuffer();
        _waiting.Append(head);
        _waiting.Append(body);
        SendWaiting();
    }

    /// <summary>Ends the response behind all bytes of its body.</summary>
    /// <param name="trailers">The last header block, which is the only one if the response has not begun.</param>
    /// <param name="stopsClient">Whether a client that has not ended its request is told that the rest of it is of no use.</param>
    public void Finish(byte[] trailers, bool stopsClient)
    {
        if (IsGone || LocalClosed || _trailers is not null)
            return;
        _trailers = trailers;
        _stopsClient = stopsClient;
        SendWaiting();
    }

    /// <summary>Ends both directions at once. No handler is called after that.</summary>
    public void Reset(Http2Error error)
    {
        if (IsGone)
            return;
        connection.Remove(this);
        connection.WriteReset(id, error);
    }

    /// <summary>Marks received bytes as consumed: they occupy no memory any more, and the client may send as many more.</summary>
    public void Consume(int count)
    {
        Release(count);
        Grant(count);
    }

    /// <summary>Lets the client send as many bytes more. It is told once half of the window has gathered.</summary>
    public void Grant(int count)
    {
        if (IsGone || RemoteClosed)
            return;
        Granted += count;
        if (Granted < Http2Limits.StreamWindow / 2)
            return;
        connection.WriteWindowUpdate(id, Granted);
        ReceiveCredit += Granted;
        Granted = 0;
    }

    /// <summary>Notes that received bytes occupy no memory any more.</summary>
    public void Release(int count)
    {
        if (!IsGone)
            connection.Release(this, count);
    }

    /// <summary>Gives up the bytes that wait for a window: the stream is gone.</summary>
    internal void DropWaiting() => _waiting = null;

    internal void OnWindowOpened()
    {
        if (IsGone)
            return;
        SendWaiting();
        if (!IsGone && !LocalClosed && _trailers is null && _waiting is not { Length: > 0 })
            Handler.SendWindowOpened();
    }

    private void SendWaiting()
    {
        while (_waiting is { Length: > 0 } waiting)
        {
            int count = (int)Math.Min(waiting.Length, Math.Min(SendCredit, connection.SendCredit));
            if (count <= 0)
            {
                connection.Block(this);
                return;
            }

            connection.WriteData(this, waiting.Written.Span[..count], []);
            waiting.Release(count);
        }

        if (_trailers is null || LocalClosed)
            return;
        connection.WriteHeaders(this, _trailers, ends: true);
        LocalClosed = true;
        if (!RemoteClosed && _stopsClient)
            connection.WriteReset(id, Http2Error.NoError);
        if (RemoteClosed || _stopsClient)
            connection.Remove(this);
    }
}
