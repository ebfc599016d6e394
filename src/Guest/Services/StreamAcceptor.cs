using Islet.Guest.Transport;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

/// <summary>Reads from each new stream what kind of stream it is.</summary>
internal sealed class StreamAcceptor(ITtrpcService calls, RawStreamService raw) : IStreamAcceptor
{
    public void Accept(HostStream stream) => stream.Handler = new StreamOpening(stream, calls, raw.Open);
}
