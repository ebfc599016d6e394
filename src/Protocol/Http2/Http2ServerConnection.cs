namespace Islet.Protocol.Http2;

/// <summary>
/// The server's side of one HTTP/2 connection (RFC 9113, with prior knowledge) as a pure state machine: bytes of the transport in
/// (<see cref="Receive"/>), bytes for the transport out (<see cref="Output"/>), events to the owner. Not thread-safe; does no I/O.
/// </summary>
/// <remarks>
/// An owner that produces without end looks at <see cref="Http2Stream.SendWindow"/>, which is 0 while much of the output is unread, and
/// calls <see cref="Relieve"/> once the transport has taken it.
/// </remarks>
internal sealed partial class Http2ServerConnection
{
    private readonly IHttp2Requests _requests;
    private readonly HpackDecoder _hpack = new();
    private readonly RequestHeaders _headers = new();
    private readonly OutputBuffer _output = new();
    private readonly Dictionary<uint, Http2Stream> _streams = [];
    private readonly FloodGuard _resets, _controls;
    private List<Http2Stream> _blocked = [];
    private List<Http2Stream> _unblocking = [];
    private uint _lastId;
    private bool _failed;

    /// <summary>Begins a connection.</summary>
    /// <param name="requests">The receiver of the requests.</param>
    /// <param name="milliseconds">A clock, for the limits of what a client may ask for in a second.</param>
    public Http2ServerConnection(IHttp2Requests requests, Func<long>? milliseconds = null)
    {
        _requests = requests;
        milliseconds ??= static () => Environment.TickCount64;
        _resets = new FloodGuard(milliseconds);
        _controls = new FloodGuard(milliseconds);
    }

    /// <summary>
    /// The frames that every connection of a server begins with: its settings, and a larger window for all streams together. They are
    /// constant, so that a client may be given them without a round trip.
    /// </summary>
    public static ReadOnlySpan<byte> Greeting =>
    [
        0, 0, 18, (byte)FrameType.Settings, 0, 0, 0, 0, 0,
        0, SettingMaxStreams, 0, 0, Http2Limits.MaxStreams >> 8, Http2Limits.MaxStreams & 0xFF,
        0, SettingInitialWindow, 0, Http2Limits.StreamWindow >> 16, Http2Limits.StreamWindow >> 8 & 0xFF, Http2Limits.StreamWindow & 0xFF,
        0, SettingMaxHeaders, 0, 0, Http2Limits.MaxHeaders >> 8, Http2Limits.MaxHeaders & 0xFF,
        0, 0, 4, (byte)FrameType.WindowUpdate, 0, 0, 0, 0, 0,
        Beyond >> 24, Beyond >> 16 & 0xFF, Beyond >> 8 & 0xFF, Beyond & 0xFF,
    ];

    /// <summary>The number of streams that are not gone.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>The number of bytes that wait to be written to the transport.</summary>
    public int PendingOutput => _output.Length;

    /// <summary>The bytes to be written to the transport next. Valid until any other member is called.</summary>
    public ReadOnlyMemory<byte> Output => _output.Written;

    /// <summary>Removes the first <paramref name="count"/> bytes of <see cref="Output"/>, which the transport has taken.</summary>
    public void AdvanceOutput(int count) => _output.Release(count);

    /// <summary>Lets streams send again that waited because too much output was unread.</summary>
    /// <returns>Whether that produced more output.</returns>
    public bool Relieve()
    {
        if (_blocked.Count == 0 || _output.Length > Http2Limits.RelievedAt || SendCredit <= 0)
            return false;
        Unblock();
        return _output.Length > 0;
    }

    /// <summary>
    /// Gives the connection up, because its owner has failed and the bytes behind the failure are lost. The output has a GOAWAY frame that
    /// says so.
    /// </summary>
    public void Abort()
    {
        if (!_failed)
            _ = Fail(Http2Error.InternalError, "");
    }

    /// <summary>Ends the connection, because the transport is gone: every stream is lost, and pending output is dropped.</summary>
    public void Close()
    {
        _failed = true;
        _output.Clear();
        Http2Stream[] lost = [.. _streams.Values];
        foreach (Http2Stream stream in lost)
            Remove(stream);
        foreach (Http2Stream stream in lost)
            stream.Handler.Lost();
    }

    /// <summary>Notes a stream whose sending waits for the window of the connection, or for the transport.</summary>
    internal void Block(Http2Stream stream)
    {
        if (stream.IsBlocked)
            return;
        stream.IsBlocked = true;
        _blocked.Add(stream);
    }

    internal void Remove(Http2Stream stream)
    {
        stream.IsGone = true;
        stream.DropWaiting();
        stream.Deadline?.Dispose();
        Release(stream, stream.Held);
        _streams.Remove(stream.Id);
    }

    private void Unblock()
    {
        (_unblocking, _blocked) = (_blocked, _unblocking);
        foreach (Http2Stream stream in _unblocking)
        {
            stream.IsBlocked = false;
            stream.OnWindowOpened();
        }

        _unblocking.Clear();
    }
}
