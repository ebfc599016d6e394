using System.Buffers;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Agent;

/// <summary>
/// How a stream says what it is: see the head of agent.proto. The host opens every stream and its first byte decides; a raw
/// stream goes on with an <see cref="OpenStreamRequest"/>, which the agent answers with an <see cref="OpenStreamResponse"/>.
/// </summary>
public static class RawStreams
{
    /// <summary>The first byte of a ttrpc connection, which is part of it: the high byte of a length of at most 4 MiB.</summary>
    public const byte TtrpcFirstByte = 0x00;

    /// <summary>The first byte of a raw stream ('I'), which is not part of the message after it.</summary>
    public const byte RawFirstByte = 0x49;

    /// <summary>Tells a stream's kind from its first byte.</summary>
    public static StreamKind KindOf(byte first) => first switch
    {
        TtrpcFirstByte => StreamKind.Ttrpc,
        RawFirstByte => StreamKind.Raw,
        _ => StreamKind.Unknown,
    };

    /// <summary>Writes what the host begins a raw stream with: the first byte and the request.</summary>
    public static void WriteRequest(IBufferWriter<byte> output, OpenStreamRequest request)
    {
        output.GetSpan(1)[0] = RawFirstByte;
        output.Advance(1);
        LengthDelimited.Write(output, request);
    }

    /// <summary>Reads a request from the front of what has arrived, from the first byte on.</summary>
    /// <param name="source">What has arrived so far; it may go on beyond the request.</param>
    /// <param name="request">The request; empty while it is not whole.</param>
    /// <param name="consumed">How many bytes first byte and request take; 0 while it is not whole.</param>
    /// <returns>Was the request whole?</returns>
    /// <exception cref="InvalidDataException">Not a raw stream, longer than 64 KiB, or malformed.</exception>
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
    /// <param name="output">Where to.</param>
    /// <param name="code"><see cref="StatusCode.Ok"/>: the stream is open; else it ends here.</param>
    /// <param name="message">What is wrong; empty for <see cref="StatusCode.Ok"/>.</param>
    public static void WriteResponse(IBufferWriter<byte> output, StatusCode code, string message) =>
        LengthDelimited.Write(output, new OpenStreamResponse { Code = (uint)code, Message = message });

    /// <summary>Reads the agent's answer from the front of what has arrived.</summary>
    /// <inheritdoc cref="LengthDelimited.TryRead"/>
    public static bool TryReadResponse(ReadOnlySpan<byte> source, out OpenStreamResponse response, out int consumed)
    {
        response = new OpenStreamResponse();
        return LengthDelimited.TryRead(source, response, out consumed);
    }
}
