using System.Buffers;
using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

/// <summary>Writes ttrpc messages. Every method writes complete messages or throws before it has written anything.</summary>
public static class MessageWriter
{
    // Field 2 of ttrpc.Response, length-delimited.
    private const byte PayloadTag = (2 << 3) | 2;

    /// <summary>Writes one message.</summary>
    /// <exception cref="TtrpcException">The message is larger than 4 MiB (<see cref="StatusCode.ResourceExhausted"/>).</exception>
    public static void Write(IBufferWriter<byte> output, uint streamId, MessageType type, MessageFlags flags, IMessage message)
    {
        int size = message.CalculateSize();
        Span<byte> data = Begin(output, streamId, type, flags, size);
        message.WriteTo(data);
        output.Advance(MessageHeader.Size + size);
    }

    /// <summary>Writes the response that ends a call with a result: the envelope and the result in one go, without a copy.</summary>
    /// <exception cref="TtrpcException">The response is larger than 4 MiB (<see cref="StatusCode.ResourceExhausted"/>).</exception>
    public static void WriteResponse(IBufferWriter<byte> output, uint streamId, IMessage result)
    {
        int payloadSize = result.CalculateSize();
        int prefixSize = 1 + CodedOutputStream.ComputeLengthSize(payloadSize);
        Span<byte> data = Begin(output, streamId, MessageType.Response, MessageFlags.None, prefixSize + payloadSize);

        data[0] = PayloadTag;
        Varint.Write(data[1..], (uint)payloadSize);
        result.WriteTo(data.Slice(prefixSize, payloadSize));
        output.Advance(MessageHeader.Size + prefixSize + payloadSize);
    }

    /// <summary>Writes the response that ends a call with an error.</summary>
    public static void WriteError(IBufferWriter<byte> output, uint streamId, StatusCode code, string message) =>
        Write(output, streamId, MessageType.Response, MessageFlags.None, new Response
        {
            Status = new Status { Code = (int)code, Message = message },
        });

    private static Span<byte> Begin(IBufferWriter<byte> output, uint streamId, MessageType type, MessageFlags flags, int size)
    {
        if (size > MessageHeader.MaxLength)
        {
            throw new TtrpcException(
                StatusCode.ResourceExhausted, $"A message of {size} bytes is larger than the {MessageHeader.MaxLength} bytes that ttrpc allows.");
        }

        Span<byte> span = output.GetSpan(MessageHeader.Size + size);
        new MessageHeader((uint)size, streamId, type, flags).Write(span);
        return span.Slice(MessageHeader.Size, size);
    }
}
