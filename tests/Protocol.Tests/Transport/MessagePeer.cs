using System.Net.Sockets;
using Islet.Protocol.Tests.Ttrpc;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Tests.Transport;

/// <summary>A ttrpc server that reads and writes single messages, for tests that play the server.</summary>
internal sealed class MessagePeer(Socket socket)
{
    private readonly NetworkStream _stream = new(socket);

    public async Task<Message> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[MessageHeader.Size];
        await _stream.ReadExactlyAsync(bytes, cancellationToken);
        Assert.True(MessageHeader.TryRead(bytes, out MessageHeader header));
        byte[] data = new byte[header.Length];
        await _stream.ReadExactlyAsync(data, cancellationToken);
        return new Message(header, data);
    }

    public Task WriteAsync(byte[] bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken).AsTask();
}
