using System.Net.Sockets;
using Islet.Protocol.Tests.Yamux;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Transport;

/// <summary>A guest that reads and writes single frames, for tests that play the peer.</summary>
internal sealed class FramePeer(Socket socket)
{
    private readonly NetworkStream _stream = new(socket);

    /// <summary>Reads the beginning of a channel: stream 1 opened and reset, and a ping, which is answered.</summary>
    public async Task GreetAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        await ReadAsync(cancellationToken);
        Frame ping = await ReadAsync(cancellationToken);
        Assert.Equal(FrameType.Ping, ping.Header.Type);
        await WriteAsync(Frame.Header12(FrameType.Ping, FrameFlags.Acknowledge, 0, ping.Header.Length), cancellationToken);
    }

    public async Task<Frame> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[FrameHeader.Size];
        await _stream.ReadExactlyAsync(bytes, cancellationToken);
        Assert.True(FrameHeader.TryRead(bytes, out FrameHeader header));
        byte[] payload = new byte[header.Type == FrameType.Data ? header.Length : 0];
        await _stream.ReadExactlyAsync(payload, cancellationToken);
        return new Frame(header, payload);
    }

    public async Task<string> ReadTextAsync(CancellationToken cancellationToken) => (await ReadAsync(cancellationToken)).ToString();

    public Task WriteAsync(byte[] bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken).AsTask();
}
