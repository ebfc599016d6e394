using System.Buffers;
using Google.Protobuf;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Tests.Ttrpc;

/// <summary>A ttrpc message as the tests write and read it.</summary>
internal sealed record Message(MessageHeader Header, byte[] Data)
{
    public Response Response => Response.Parser.ParseFrom(Data);

    public static byte[] Bytes(uint id, MessageType type, MessageFlags flags, byte[] data)
    {
        byte[] bytes = new byte[MessageHeader.Size + data.Length];
        new MessageHeader((uint)data.Length, id, type, flags).Write(bytes);
        data.CopyTo(bytes, MessageHeader.Size);
        return bytes;
    }

    public static byte[] Request(
        uint id, string method, IMessage? payload = null, MessageFlags flags = MessageFlags.None, long timeoutNano = 0)
    {
        var request = new Request
        {
            Service = "test",
            Method = method,
            Payload = payload?.ToByteString() ?? ByteString.Empty,
            TimeoutNano = timeoutNano,
        };
        return Bytes(id, MessageType.Request, flags, request.ToByteArray());
    }

    public static byte[] Ok(uint id, IMessage result)
    {
        var output = new ArrayBufferWriter<byte>();
        MessageWriter.WriteResponse(output, id, result);
        return output.WrittenSpan.ToArray();
    }

    public static List<Message> Parse(ReadOnlySpan<byte> bytes)
    {
        var messages = new List<Message>();
        while (MessageHeader.TryRead(bytes, out MessageHeader header))
        {
            messages.Add(new Message(header, bytes.Slice(MessageHeader.Size, (int)header.Length).ToArray()));
            bytes = bytes[(MessageHeader.Size + (int)header.Length)..];
        }

        Assert.True(bytes.IsEmpty);
        return messages;
    }
}
