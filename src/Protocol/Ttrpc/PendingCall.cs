using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>A client's call in progress: one request, one response. Failures come from any thread.</summary>
internal sealed class PendingCall
{
    private readonly TaskCompletionSource<ByteString> _payload = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The result, once the server has sent it.</summary>
    public Task<ByteString> Payload => _payload.Task;

    public void Receive(Response response)
    {
        if (response.Status is { Code: not 0 } status)
            Fail(new TtrpcException((StatusCode)status.Code, status.Message));
        else
            _payload.TrySetResult(response.Payload);
    }

    public void Fail(Exception reason) => _payload.TrySetException(reason);
}
