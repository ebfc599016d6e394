using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>A call with one request and one response.</summary>
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
