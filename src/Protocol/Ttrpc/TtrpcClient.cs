using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>
/// The client's side of one ttrpc connection (specification 1.2, unary calls only). Many calls may be in progress at once. Thread-safe.
/// </summary>
/// <remarks>
/// A cancelled call still runs on the server. One that may have to be given up therefore gets its own connection, whose disposal ends it
/// on both sides.
/// </remarks>
public sealed partial class TtrpcClient : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, PendingCall> _calls = [];
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private uint _nextId = 1;
    private bool _ended;
    private Exception? _reason;

    /// <summary>Begins a connection.</summary>
    /// <param name="transport">The connection's bytes. The client owns it, and disposes it when the connection ends.</param>
    public TtrpcClient(Stream transport)
    {
        _transport = transport;
        _ = RunAsync();
    }

    /// <summary>Completes when the connection has ended, with the reason, or <see langword="null"/> when its owner disposed it.</summary>
    public Task<Exception?> Closed => _closed.Task;

    /// <summary>Makes a call and waits for its reply without a time limit.</summary>
    /// <exception cref="TtrpcException">The server reported an error, or request or reply are larger than 4 MiB.</exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; the server is not told.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        string service, string method, TRequest request, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new PendingCall();
        uint id = Begin(call, new Request { Service = service, Method = method, Payload = request.ToByteString() });
        try
        {
            ByteString payload = await call.Payload.WaitAsync(cancellationToken).ConfigureAwait(false);
            return Parse(parser, payload);
        }
        finally
        {
            Forget(id);
        }
    }

    private static TResponse Parse<TResponse>(MessageParser<TResponse> parser, ByteString payload)
        where TResponse : IMessage<TResponse>
    {
        try
        {
            return parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new TtrpcException(StatusCode.Internal, "The server's reply is malformed.", error);
        }
    }

    /// <summary>Takes the next number and queues the request in one step: numbers must count upwards on the wire.</summary>
    private uint Begin(PendingCall call, Request request)
    {
        uint id;
        lock (_lock)
        {
            if (_ended)
                throw CreateEndedException();

            id = _nextId;
            MessageWriter.Write(_output, id, MessageType.Request, MessageFlags.None, request);
            _nextId += 2;
            _calls.Add(id, call);
        }

        _outputPending.Set();
        return id;
    }

    private void Forget(uint id)
    {
        lock (_lock)
            _calls.Remove(id);
    }
}
