using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Transport;

/// <summary>The beginning of a stream, until its first bytes tell the kind of the stream.</summary>
internal sealed class StreamOpening(HostStream stream, ITtrpcService service, Action<OpenStreamRequest, HostStream> openRaw)
    : IHostStreamHandler
{
    private readonly ByteQueue _head = new();

    public void Received(ReadOnlySpan<byte> data)
    {
        if (_head.IsEmpty && RawStreams.KindOf(data[0]) == StreamKind.Ttrpc)
        {
            stream.Handler = new TtrpcStream(stream, service);
            stream.Handler.Received(data);
            return;
        }

        _head.Append(data);
        try
        {
            if (!RawStreams.TryReadRequest(_head.Bytes, out OpenStreamRequest request, out int consumed))
                return;
            Open(request, consumed);
        }
        catch (InvalidDataException)
        {
            stream.Reset();
        }
    }

    public void RemoteClosed() => stream.Reset();

    public void Lost()
    {
    }

    public void SendWindowOpened()
    {
    }

    private void Open(OpenStreamRequest request, int headLength)
    {
        stream.Consume(headLength);
        openRaw(request, stream);

        // A host need not wait for the answer before it sends the data that follows the request.
        _head.Release(headLength);
        if (!_head.IsEmpty)
            stream.Handler.Received(_head.Bytes);
    }
}
