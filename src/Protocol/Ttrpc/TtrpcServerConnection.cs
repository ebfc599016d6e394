using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>
/// The server's side of one ttrpc connection (specification 1.2, unary calls only) as a pure state machine: bytes in
/// (<see cref="Receive"/>), calls to the service, bytes out (<see cref="Output"/>). Not thread-safe; uses no clock.
/// </summary>
/// <remarks>
/// Output is buffered without limit. To bound it against a client that sends requests and never reads, an owner stops passing input while
/// <see cref="PendingOutput"/> is large.
/// </remarks>
public sealed class TtrpcServerConnection
{
    private readonly ITtrpcService _service;
    private readonly Action<TtrpcServerConnection>? _outputPending;
    private readonly int _maxCalls;
    private readonly MessageReader _reader = new();
    private readonly OutputBuffer _output = new();
    private readonly List<TtrpcCall> _calls = [];
    private uint _lastId;
    private bool _closed;

    /// <summary>Begins to serve a connection.</summary>
    /// <param name="service">The service that receives the calls.</param>
    /// <param name="outputPending">
    /// Called when <see cref="Output"/> stops being empty. With late replies, that also happens outside of <see cref="Receive"/>.
    /// </param>
    /// <param name="maxCalls">
    /// The number of calls that may be in progress; more are refused with <see cref="StatusCode.ResourceExhausted"/>.
    /// </param>
    public TtrpcServerConnection(ITtrpcService service, Action<TtrpcServerConnection>? outputPending = null, int maxCalls = 1024)
    {
        _service = service;
        _outputPending = outputPending;
        _maxCalls = maxCalls;
    }

    /// <summary>The number of calls in progress.</summary>
    public int CallCount => _calls.Count;

    /// <summary>The number of bytes that wait to be written to the transport.</summary>
    public int PendingOutput => _output.Length;

    /// <summary>The bytes to be written to the transport next. Valid until any other member is called.</summary>
    public ReadOnlyMemory<byte> Output => _output.Written;

    /// <summary>Removes the first <paramref name="count"/> bytes of <see cref="Output"/>, which the transport has taken.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The output has fewer bytes.</exception>
    public void AdvanceOutput(int count) => _output.Release(count);

    /// <summary>Handles bytes from the transport, cut anywhere, and calls the service for each complete request.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        while (!_closed && _reader.TryRead(ref bytes, out MessageHeader header, out ReadOnlySpan<byte> data))
            ReceiveMessage(header, data);
    }

    /// <summary>Handles the end of the transport: every call in progress is cancelled, pending output is dropped.</summary>
    public void Close()
    {
        _closed = true;
        _output.Clear();
        TtrpcCall[] calls = [.. _calls];
        _calls.Clear();
        foreach (TtrpcCall call in calls)
            call.Cancel();
    }

    private void ReceiveMessage(MessageHeader header, ReadOnlySpan<byte> data)
    {
        // The answers and their codes are those of containerd's server, so that its clients get the answers that they know.
        uint id = header.StreamId;
        if (header.IsOversize)
            WriteError(id, StatusCode.ResourceExhausted, $"message length {header.Length} exceeds the maximum of {MessageHeader.MaxLength}");
        else if (id % 2 != 1)
            WriteError(id, StatusCode.InvalidArgument, "StreamID must be odd for client initiated streams");
        else if (header.Type == MessageType.Request)
            ReceiveRequest(header, data);
        else if (header.Type == MessageType.Data)
            ReceiveData(header);
    }

    private void ReceiveRequest(MessageHeader header, ReadOnlySpan<byte> data)
    {
        uint id = header.StreamId;
        if (id <= _lastId)
        {
            WriteError(id, StatusCode.InvalidArgument, "StreamID cannot be re-used and must increment");
            return;
        }

        _lastId = id;
        if (_calls.Count >= _maxCalls)
            WriteError(id, StatusCode.ResourceExhausted, $"there are {_maxCalls} calls under way on this connection");
        else if (header.Has(MessageFlags.RemoteOpen))
            WriteError(id, StatusCode.Unimplemented, "no method takes a stream from the client");
        else if (TryParse(id, data) is { } request)
            Invoke(id, request);
    }

    private Request? TryParse(uint id, ReadOnlySpan<byte> data)
    {
        try
        {
            return Request.Parser.ParseFrom(data);
        }
        catch (InvalidProtocolBufferException error)
        {
            WriteError(id, StatusCode.InvalidArgument, $"unmarshal request error: {error.Message}");
            return null;
        }
    }

    private void Invoke(uint id, Request request)
    {
        TimeSpan? timeout = request.TimeoutNano <= 0
            ? null
            : TimeSpan.FromTicks(Math.Max(1, request.TimeoutNano / TimeSpan.NanosecondsPerTick));
        var call = new TtrpcCall(this, id, timeout);
        _calls.Add(call);
        try
        {
            _service.Invoke(request.Service, request.Method, request.Payload, call);
        }
        catch (TtrpcException error)
        {
            call.Fail(error.Code, error.Message);
        }
        catch (InvalidProtocolBufferException error)
        {
            call.Fail(StatusCode.InvalidArgument, $"unmarshal payload error: {error.Message}");
        }
        catch (Exception error)
        {
            // One broken call must not take down the server, which is PID 1 in the guest.
            call.Fail(StatusCode.Unknown, $"{request.Method} failed: {error.Message}");
        }
    }

    /// <summary>
    /// Ignores data messages. Only streams from the client carry data, and there are none; an end without data has no meaning here.
    /// </summary>
    private void ReceiveData(MessageHeader header)
    {
        if (header.Length == 0 && header.Has(MessageFlags.RemoteClosed))
            return;

        TtrpcCall? call = _calls.Find(call => call.Id == header.StreamId);
        if (call is null)
            WriteError(header.StreamId, StatusCode.InvalidArgument, "StreamID is no longer active");
        else
            call.Fail(StatusCode.InvalidArgument, "data on a stream that its client has closed");
    }

    internal void Remove(TtrpcCall call) => _calls.Remove(call);

    internal void WriteResponse(TtrpcCall call, IMessage result)
    {
        try
        {
            bool wasEmpty = _output.Length == 0;
            MessageWriter.WriteResponse(_output, call.Id, result);
            Announce(wasEmpty);
        }
        catch (TtrpcException tooLarge)
        {
            WriteError(call.Id, tooLarge.Code, tooLarge.Message);
        }
    }

    internal void WriteError(uint id, StatusCode code, string message)
    {
        bool wasEmpty = _output.Length == 0;
        MessageWriter.WriteError(_output, id, code, message);
        Announce(wasEmpty);
    }

    private void Announce(bool wasEmpty)
    {
        if (wasEmpty)
            _outputPending?.Invoke(this);
    }
}
