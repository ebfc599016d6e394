using System.Threading.Channels;
using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>One request, a stream of messages, and its end: empty, with a last message, or as an error.</summary>
internal sealed class StreamingCall : PendingCall
{
    // Few: each may have 4 MiB, and messages that are not read wait in the guest instead.
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

    /// <summary>Drops all further messages, because the reader has gone.</summary>
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
