using System.Buffers;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Agent;

/// <summary>The host's side of raw streams.</summary>
public static class GuestChannelExtensions
{
    /// <summary>Opens a raw stream and waits until the agent confirms that it is open.</summary>
    /// <returns>The stream; its bytes belong to the opened object. The caller owns it.</returns>
    /// <exception cref="TtrpcException">The agent could not open it, and gave the reason.</exception>
    /// <exception cref="IOException">The channel has ended, or the agent reset the stream.</exception>
    /// <exception cref="InvalidDataException">The agent's answer is malformed.</exception>
    public static async ValueTask<GuestStream> OpenRawStreamAsync(
        this IGuestChannel channel, OpenStreamRequest request, CancellationToken cancellationToken = default)
    {
        var head = new ArrayBufferWriter<byte>();
        RawStreams.WriteRequest(head, request);

        GuestStream stream = await channel.OpenStreamAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(head.WrittenMemory, cancellationToken).ConfigureAwait(false);
            OpenStreamResponse response = await ReadResponseAsync(stream, cancellationToken).ConfigureAwait(false);
            return response.Code == (uint)StatusCode.Ok ? stream : throw new TtrpcException((StatusCode)response.Code, response.Message);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the answer and not a byte beyond it: the bytes after it belong to the opened object.</summary>
    private static async ValueTask<OpenStreamResponse> ReadResponseAsync(GuestStream stream, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[Varint.MaxSize];
        int prefix = 0;
        uint length;
        int prefixLength;
        do
        {
            await stream.ReadExactlyAsync(answer.AsMemory(prefix++, 1), cancellationToken).ConfigureAwait(false);
            prefixLength = Varint.Read(answer.AsSpan(0, prefix), out length);
        }
        while (prefixLength == 0);

        if (prefixLength > 0 && length <= LengthDelimited.MaxLength)
        {
            Array.Resize(ref answer, prefix + (int)length);
            await stream.ReadExactlyAsync(answer.AsMemory(prefix), cancellationToken).ConfigureAwait(false);
        }

        RawStreams.TryReadResponse(answer, out OpenStreamResponse response, out _);
        return response;
    }
}
