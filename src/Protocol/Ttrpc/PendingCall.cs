using System.Threading.Channels;
using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>A call of a client that is not over. Messages come from the reading loop, one at a time; failures from anywhere.</summary>
internal abstract class PendingCall
{
    public abstract ValueTask ReceiveResponse(Response response);

    public abstract ValueTask ReceiveData(MessageFlags flags, ReadOnlySpan<byte> data);

    public abstract void Fail(Exception reason);

    protected static TtrpcException? ErrorOf(Response response) => response.Status is { Code: not 0 } status
        ? new TtrpcException((StatusCode)status.Code, status.Message)
        : null;
}

/// <summary>One request, one response.</summary>
internal sealed class UnaryCall : PendingCall
{
    private readonly TaskCompletionSource<ByteString> _payload = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<ByteString> Payload => _payload.Task;

    public override ValueTask ReceiveResponse(Response response)
    {
        if (ErrorOf(response) is { } error)
            _payload.TrySetException(error);
        else
            _payload.TrySetResult(response.Payload);
        return ValueTask.CompletedTask;
    }

    public override ValueTask ReceiveData(MessageFlags flags, ReadOnlySpan<byte> data)
    {
        Fail(new TtrpcException(StatusCode.Internal, "The server answered a unary call with a stream."));
        return ValueTask.CompletedTask;
    }

    public override void Fail(Exception reason) => _payload.TrySetException(reason);
}

/// <summary>One request, a stream of messages, and its end: empty, with a last message, or as an error.</summary>
internal sealed class StreamingCall : PendingCall
{
    // Few: each may have 4 MiB, and what is not taken waits in the guest instead.
    private const int Capacity = 4;

    private readonly Channel<ByteString> _payloads = Channel.CreateBounded<ByteString>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    public ChannelReader<ByteString> Payloads => _payloads.Reader;

    public override async ValueTask ReceiveResponse(Response response)
    {
        TtrpcException? error = ErrorOf(response);
        if (error is null && !response.Payload.IsEmpty)
            await EnqueueAsync(response.Payload).ConfigureAwait(false);
        _payloads.Writer.TryComplete(error);
    }

    public override ValueTask ReceiveData(MessageFlags flags, ReadOnlySpan<byte> data)
    {
        bool isLast = (flags & MessageFlags.RemoteClosed) != 0;
        bool isEmpty = (flags & MessageFlags.NoData) != 0;
        return ReceiveData(isEmpty ? null : ByteString.CopyFrom(data), isLast);
    }

    public override void Fail(Exception reason) => _payloads.Writer.TryComplete(reason);

    /// <summary>The reader has gone; what comes is dropped.</summary>
    public void Abandon() => _payloads.Writer.TryComplete();

    private async ValueTask ReceiveData(ByteString? payload, bool isLast)
    {
        if (payload is not null)
            await EnqueueAsync(payload).ConfigureAwait(false);
        if (isLast)
            _payloads.Writer.TryComplete();
    }

    private async ValueTask EnqueueAsync(ByteString payload)
    {
        while (await _payloads.Writer.WaitToWriteAsync().ConfigureAwait(false))
        {
            if (_payloads.Writer.TryWrite(payload))
                return;
        }
    }
}
