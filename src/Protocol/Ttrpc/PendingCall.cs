namespace Islet.Protocol.Ttrpc;

/// <summary>A client's call in progress. Messages come from the reading loop, one at a time; failures come from anywhere.</summary>
internal abstract class PendingCall
{
    public abstract ValueTask ReceiveResponse(Response response);

    public abstract ValueTask ReceiveData(MessageFlags flags, ReadOnlySpan<byte> data);

    public abstract void Fail(Exception reason);

    protected static TtrpcException? ErrorOf(Response response) => response.Status is { Code: not 0 } status
        ? new TtrpcException((StatusCode)status.Code, status.Message)
        : null;
}
