using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Guest.Transport;

/// <summary>
/// A flow of bytes that the host opened: one call of OpenStream. Each direction ends separately. Nothing here waits, and nothing throws
/// because the host is gone.
/// </summary>
internal sealed class HostStream : IHttp2StreamHandler, IStreamFrames
{
    // The end of a stream needs no room but this: a host that has stopped reading must be able to learn it.
    private static readonly int s_reserve = StreamFrames.MaxHeadSize + StreamFrames.End.Length;

    private readonly Http2Stream _call;
    private readonly Action<OpenStreamRequest, HostStream> _open;
    private StreamFrameReader? _frames;
    private int _passedOn;
    private int _held;
    private bool _opened;
    private bool _localClosed;
    private bool _remoteClosed;
    private bool _refused;

    /// <param name="call">The call. Its bytes are those of a process or a connection, which may leave them unread.</param>
    /// <param name="open">The action that opens the target of the stream.</param>
    public HostStream(Http2Stream call, Action<OpenStreamRequest, HostStream> open)
    {
        _call = call;
        _open = open;
        call.IsResetFirst = true;
    }

    /// <summary>The receiver of the stream's events. Replaced once the purpose of the stream is known.</summary>
    public IHostStreamHandler Handler { get; set; } = DiscardingHandler.Instance;

    /// <summary>
    /// Whether nothing can be sent or received any more, because both sides have ended the stream, one has reset it, or the host is gone.
    /// </summary>
    public bool IsLost => _call.IsGone;

    /// <summary>
    /// The number of bytes that may be sent now. After 0, <see cref="IHostStreamHandler.SendWindowOpened"/> tells when to look again.
    /// </summary>
    public int SendWindow => _localClosed ? 0 : Math.Min(StreamFrames.MaxData, _call.SendWindow(s_reserve));

    /// <summary>Sends bytes that fit into <see cref="SendWindow"/>.</summary>
    public void Send(ReadOnlySpan<byte> data)
    {
        if (_localClosed || data.IsEmpty)
            return;
        Span<byte> head = stackalloc byte[StreamFrames.MaxHeadSize];
        _call.Write(head[..StreamFrames.WriteHead(head, data.Length)], data);
    }

    /// <summary>Tells the host that no more data follows.</summary>
    public void CloseWrites()
    {
        if (_localClosed)
            return;
        _localClosed = true;

        // The end of the call would end the host's direction as well, so it waits for the host's end.
        if (_remoteClosed)
            _call.Finish(stopsClient: false);
        else
            _call.Write(StreamFrames.End, []);
    }

    /// <summary>Ends both directions at once. No handler is called after that.</summary>
    public void Reset() => _call.Reset(Http2Error.Cancel);

    /// <summary>Marks received bytes as processed; the host may send as many more.</summary>
    public void Consume(int count) => _call.Consume(count);

    /// <summary>Answers the <see cref="OpenStreamRequest"/> that the stream is open.</summary>
    public void Accept()
    {
        _call.SendHeaders();
        _call.Write(StreamFrames.Opened, []);
    }

    /// <summary>Answers the <see cref="OpenStreamRequest"/> with the reason why the stream is not open.</summary>
    public void Refuse(StatusCode code, string message)
    {
        _localClosed = _refused = true;
        Handler = DiscardingHandler.Instance;
        _call.Finish(code, message);
    }

    void IHttp2StreamHandler.Received(ReadOnlySpan<byte> data)
    {
        _passedOn = 0;
        if (_refused)
        {
            _call.Consume(data.Length);
            return;
        }

        try
        {
            (_frames ??= new StreamFrameReader(this)).Read(data);
        }
        catch (InvalidDataException exception)
        {
            Break(exception.Message);
        }

        // The bytes around the data are processed already, except the beginning of a frame that is gathered.
        _held += data.Length - _passedOn;
        _call.Grant(data.Length - _passedOn);
        if (_frames is { IsGathering: true } && !_refused)
            return;
        _call.Release(_held);
        _held = 0;
    }

    void IStreamFrames.Data(ReadOnlySpan<byte> data)
    {
        if (_remoteClosed || !_opened)
        {
            Break(_opened ? "data behind the end" : "data before the stream was asked for");
            return;
        }

        if (_refused)
            return;
        _passedOn += data.Length;
        Handler.Received(data);
    }

    void IStreamFrames.Frame(StreamFrame frame)
    {
        if (frame.KindCase == StreamFrame.KindOneofCase.Open && !_opened)
        {
            _opened = true;
            _open(frame.Open, this);
        }
        else if (frame.KindCase == StreamFrame.KindOneofCase.End && _opened)
        {
            CloseRemote();
        }
        else if (frame.KindCase != StreamFrame.KindOneofCase.None)
        {
            Break($"a frame \"{frame.KindCase}\" where none belongs");
        }
    }

    void IHttp2StreamHandler.RemoteClosed()
    {
        if (_opened)
            CloseRemote();
        else
            Break("the call ended before it said what to open");
    }

    void IHttp2StreamHandler.Lost() => Handler.Lost();

    void IHttp2StreamHandler.SendWindowOpened() => Handler.SendWindowOpened();

    private void CloseRemote()
    {
        if (_remoteClosed)
            return;
        _remoteClosed = true;
        if (_localClosed)
            _call.Finish(stopsClient: false);
        Handler.RemoteClosed();
    }

    /// <summary>Ends a stream on which the host broke the rules.</summary>
    private void Break(string why)
    {
        if (_refused)
            return;
        IHostStreamHandler handler = Handler;
        Refuse(StatusCode.InvalidArgument, why);
        handler.Lost();
    }
}

/// <summary>The events that a <see cref="HostStream"/> reports to its owner. Handlers may use the stream; they must not throw.</summary>
internal interface IHostStreamHandler
{
    /// <summary>
    /// Receives bytes, valid during the call only. The host must wait with more until <see cref="HostStream.Consume"/> is called for them.
    /// </summary>
    void Received(ReadOnlySpan<byte> data);

    /// <summary>Called when the host sends no more data.</summary>
    void RemoteClosed();

    /// <summary>Called when the host has reset the stream, or is gone.</summary>
    void Lost();

    void SendWindowOpened();
}

/// <summary>Reads and drops all data, so that a host that still sends does not wait forever.</summary>
internal sealed class DiscardingHandler(HostStream? stream) : IHostStreamHandler
{
    public static readonly DiscardingHandler Instance = new(null);

    public void Received(ReadOnlySpan<byte> data) => stream?.Consume(data.Length);

    public void RemoteClosed()
    {
    }

    public void Lost()
    {
    }

    public void SendWindowOpened()
    {
    }
}

/// <summary>Accepts no more data: a host that sends is reset, one that only reads or hangs up is not.</summary>
internal sealed class RefusingHandler(HostStream stream) : IHostStreamHandler
{
    public void Received(ReadOnlySpan<byte> data) => stream.Reset();

    public void RemoteClosed()
    {
    }

    public void Lost()
    {
    }

    public void SendWindowOpened()
    {
    }
}
