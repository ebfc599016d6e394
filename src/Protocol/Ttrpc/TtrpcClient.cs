using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>
/// The client's side of one ttrpc connection (specification 1.2: unary calls, and streams from the server). Many calls may be in progress
/// at once. Thread-safe.
/// </summary>
/// <remarks>
/// ttrpc itself has no flow control: a stream that is not read stops the replies after it, and a cancelled call still runs on the server.
/// A long-lived stream therefore gets its own connection, whose disposal ends it on both sides.
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

    /// <summary>Makes a unary call and waits for its reply without a time limit.</summary>
    /// <exception cref="TtrpcException">The server reported an error, or request or reply are larger than 4 MiB.</exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; the server is not told.</exception>
    public Task<TResponse> CallAsync<TRequest, TResponse>(
        string service, string method, TRequest request, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        CallAsync(CreateRequest(service, method, request), parser, cancellationToken);

    /// <summary>Makes a unary call and waits for its reply for a limited time. The server learns the limit.</summary>
    /// <exception cref="TtrpcException">
    /// The same as without a timeout; with <see cref="StatusCode.DeadlineExceeded"/> when the time is over.
    /// </exception>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(string, string, TRequest, MessageParser{TResponse}, CancellationToken)"/>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        string service,
        string method,
        TRequest request,
        MessageParser<TResponse> parser,
        TimeSpan timeout,
        CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        Request envelope = CreateRequest(service, method, request);
        envelope.TimeoutNano = timeout.Ticks * TimeSpan.NanosecondsPerTick;

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            return await CallAsync(envelope, parser, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TtrpcException(
                StatusCode.DeadlineExceeded, $"{method} was not answered within {timeout.TotalSeconds:0.###} s.", late);
        }
    }

    /// <summary>Makes a call that is answered with a stream of messages, and returns them as they come.</summary>
    /// <exception cref="TtrpcException">The server reported an error.</exception>
    /// <exception cref="IOException">The connection has ended before the stream.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; later messages are dropped.</exception>
    public async IAsyncEnumerable<TResponse> ReadStreamAsync<TRequest, TResponse>(
        string service,
        string method,
        TRequest request,
        MessageParser<TResponse> parser,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        var call = new StreamingCall();
        uint id = Begin(call, MessageFlags.RemoteClosed, CreateRequest(service, method, request));
        try
        {
            await foreach (ByteString payload in call.Payloads.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return Parse(parser, payload);
        }
        finally
        {
            Forget(id);
            call.Abandon();
        }
    }

    private async Task<TResponse> CallAsync<TResponse>(
        Request request, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TResponse : IMessage<TResponse>
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new UnaryCall();
        uint id = Begin(call, MessageFlags.None, request);
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

    private static Request CreateRequest(string service, string method, IMessage request) =>
        new() { Service = service, Method = method, Payload = request.ToByteString() };

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
    private uint Begin(PendingCall call, MessageFlags flags, Request request)
    {
        uint id;
        lock (_lock)
        {
            if (_ended)
                throw CreateEndedException();

            id = _nextId;
            MessageWriter.Write(_output, id, MessageType.Request, flags, request);
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
