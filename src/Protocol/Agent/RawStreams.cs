using System.Buffers;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Agent;

/// <summary>
/// The first bytes of a stream, which tell its kind: see the head of agent.proto. The host opens every stream and its first byte decides. A
/// raw stream continues with an <see cref="OpenStreamRequest"/>, which the agent answers with an <see cref="OpenStreamResponse"/>.
/// </summary>
public static class RawStreams
{
    /// <summary>The first byte of a ttrpc connection, which belongs to its data: the high byte of a length of at most 4 MiB.</summary>
    public const byte TtrpcFirstByte = 0x00;

    /// <summary>The first byte of a raw stream ('I'), which does not belong to the message after it.</summary>
    public const byte RawFirstByte = 0x49;

    /// <summary>Returns a stream's kind by its first byte.</summary>
    public static StreamKind KindOf(byte first) => first switch
    {
        TtrpcFirstByte => StreamKind.Ttrpc,
        RawFirstByte => StreamKind.Raw,
        _ => StreamKind.Unknown,
    };

    /// <summary>Writes the beginning of a raw stream on the host's side: the first byte and the request.</summary>
    public static void WriteRequest(IBufferWriter<byte> output, OpenStreamRequest request)
    {
        output.GetSpan(1)[0] = RawFirstByte;
        output.Advance(1);
        LengthDelimited.Write(output, request);
    }

    /// <summary>Reads a request from the front of the arrived bytes, from the first byte on.</summary>
    /// <param name="source">The bytes that have arrived so far; they may continue beyond the request.</param>
    /// <param name="request">The request; empty while it is incomplete.</param>
    /// <param name="consumed">The number of bytes of first byte and request; 0 while the request is incomplete.</param>
    /// <returns>Whether the request was complete.</returns>
    /// <exception cref="InvalidDataException">The bytes are not a raw stream, are longer than 64 KiB, or are malformed.</exception>
    public static bool TryReadRequest(ReadOnlySpan<byte> source, out OpenStreamRequest request, out int consumed)
    {
        request = new OpenStreamRequest();
        consumed = 0;
        if (source.IsEmpty)
            return false;
        if (source[0] != RawFirstByte)
            throw new InvalidDataException($"A raw stream begins with 0x{RawFirstByte:x2}, not with 0x{source[0]:x2}.");
        if (!LengthDelimited.TryRead(source[1..], request, out consumed))
            return false;

        consumed++;
        return true;
    }

    /// <summary>Writes the agent's answer.</summary>
    /// <param name="output">The destination.</param>
    /// <param name="code">The result: <see cref="StatusCode.Ok"/> if the stream is open; otherwise it ends here.</param>
    /// <param name="message">The error; empty for <see cref="StatusCode.Ok"/>.</param>
    public static void WriteResponse(IBufferWriter<byte> output, StatusCode code, string message) =>
        LengthDelimited.Write(output, new OpenStreamResponse { Code = (uint)code, Message = message });

    /// <summary>Reads the agent's answer from the front of the arrived bytes.</summary>
    /// <inheritdoc cref="LengthDelimited.TryRead"/>
    public static bool TryReadResponse(ReadOnlySpan<byte> source, out OpenStreamResponse response, out int consumed)
    {
        response = new OpenStreamResponse();
        return LengthDelimited.TryRead(source, response, out consumed);
    }
}
