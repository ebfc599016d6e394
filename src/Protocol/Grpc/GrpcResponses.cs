using System.Buffers;
using System.Globalization;
using System.Text;
using Grpc.Core;
using Islet.Protocol.Http2;

namespace Islet.Protocol.Grpc;

/// <summary>The header blocks of responses (gRPC over HTTP/2, "Responses").</summary>
internal static class GrpcResponses
{
    // A header block must fit into one frame, also when every byte of the message becomes three.
    private const int LongestMessage = 4000;

    // ":status: 200", and "content-type" with the name of the static table's entry 31.
    private static ReadOnlySpan<byte> Headers =>
    [
        HpackEncoder.StatusOk, 0x0F, 0x10, 16, (byte)'a', (byte)'p', (byte)'p', (byte)'l', (byte)'i', (byte)'c', (byte)'a', (byte)'t',
            (byte)'i',
        (byte)'o', (byte)'n', (byte)'/', (byte)'g', (byte)'r', (byte)'p', (byte)'c',
    ];

    private static readonly byte[] s_ok =
        [0, 11, (byte)'g', (byte)'r', (byte)'p', (byte)'c', (byte)'-', (byte)'s', (byte)'t', (byte)'a', (byte)'t', (byte)'u', (byte)'s', 1,
            (byte)'0'];

    /// <summary>Begins a response, if it has not begun.</summary>
    public static void SendHeaders(this Http2Stream stream)
    {
        if (!stream.HeadersSent)
            stream.SendHeaders(Headers);
    }

    /// <summary>Ends a response with success.</summary>
    /// <param name="stream">The call's stream.</param>
    /// <param name="stopsClient">Whether a client that still sends is told to stop.</param>
    public static void Finish(this Http2Stream stream, bool stopsClient)
    {
        stream.SendHeaders();
        stream.Finish(s_ok, stopsClient);
    }

    /// <summary>Ends a response with an error.</summary>
    public static void Finish(this Http2Stream stream, StatusCode code, string message, bool stopsClient = true)
    {
        var block = new ArrayBufferWriter<byte>(256);
        if (!stream.HeadersSent)
            block.Write(Headers);
        HpackEncoder.Write(block, "grpc-status"u8, Encoding.ASCII.GetBytes(((int)code).ToString(CultureInfo.InvariantCulture)));
        HpackEncoder.Write(block, "grpc-message"u8, PercentEncode(message));
        stream.Finish(block.WrittenSpan.ToArray(), stopsClient);
    }

    private static ReadOnlySpan<byte> PercentEncode(string message)
    {
        byte[] text = Encoding.UTF8.GetBytes(message.Length > LongestMessage / 3 ? message[..(LongestMessage / 3)] : message);
        byte[] encoded = new byte[text.Length * 3];
        int length = 0;
        foreach (byte next in text)
        {
            if (next is >= 0x20 and < 0x7F and not (byte)'%')
            {
                encoded[length++] = next;
                continue;
            }

            encoded[length++] = (byte)'%';
            encoded[length++] = "0123456789ABCDEF"u8[next >> 4];
            encoded[length++] = "0123456789ABCDEF"u8[next & 0xF];
        }

        return encoded.AsSpan(0, length);
    }
}
