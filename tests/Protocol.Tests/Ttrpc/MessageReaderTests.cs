using System.Buffers;
using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Tests.Ttrpc;

public sealed class MessageReaderTests
{
    [Fact]
    public void A_header_is_laid_out_as_the_specification_says()
    {
        byte[] bytes = new byte[10];
        var header = new MessageHeader(0x00010203, 0x05060709, MessageType.Data, MessageFlags.RemoteClosed | MessageFlags.NoData);

        header.Write(bytes);

        Assert.Equal("00010203050607090305", Convert.ToHexString(bytes));
        Assert.True(MessageHeader.TryRead(bytes, out MessageHeader read));
        Assert.Equal(header, read);
        Assert.False(MessageHeader.TryRead(bytes.AsSpan(1), out _));
    }

    [Fact]
    public void A_response_is_the_published_envelope_to_the_byte()
    {
        var output = new ArrayBufferWriter<byte>();
        var result = new StatResponse { Mode = 0x81a4, Size = 300, LinkTarget = new string('x', 200) };

        MessageWriter.WriteResponse(output, 7, result);

        byte[] expected = new Response { Payload = result.ToByteString() }.ToByteArray();
        Assert.Equal(Message.Bytes(7, MessageType.Response, MessageFlags.None, expected), output.WrittenSpan.ToArray());
    }

    [Fact]
    public void An_empty_result_is_a_valid_response()
    {
        var output = new ArrayBufferWriter<byte>();

        MessageWriter.WriteResponse(output, 1, new QuiesceResponse());

        Assert.Empty(Assert.Single(Message.Parse(output.WrittenSpan)).Response.Payload);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(100_000)]
    public void Messages_are_the_same_however_the_input_is_cut(int pieceSize)
    {
        byte[] large = new byte[70_000];
        new Random(1).NextBytes(large);
        byte[] input =
        [
            .. Message.Bytes(1, MessageType.Request, MessageFlags.None, [1, 2, 3]),
            .. Message.Bytes(3, MessageType.Data, MessageFlags.RemoteClosed, []),
            .. Message.Bytes(5, MessageType.Response, MessageFlags.None, large),
            .. Message.Bytes(7, MessageType.Data, MessageFlags.None, [9]),
        ];

        var reader = new MessageReader();
        var messages = new List<Message>();
        foreach (byte[] piece in input.Chunk(pieceSize))
        {
            ReadOnlySpan<byte> rest = piece;
            while (reader.TryRead(ref rest, out MessageHeader header, out ReadOnlySpan<byte> data))
                messages.Add(new Message(header, data.ToArray()));
            Assert.True(rest.IsEmpty);
        }

        Assert.Equal([1u, 3u, 5u, 7u], messages.Select(message => message.Header.StreamId));
        Assert.Equal([1, 2, 3], messages[0].Data);
        Assert.Equal(large, messages[2].Data);
        Assert.Equal([9], messages[3].Data);
    }

    [Fact]
    public void The_largest_message_is_read_and_one_byte_more_is_discarded()
    {
        byte[] input =
        [
            .. Message.Bytes(1, MessageType.Request, MessageFlags.None, new byte[MessageHeader.MaxLength]),
            .. Message.Bytes(3, MessageType.Request, MessageFlags.None, new byte[MessageHeader.MaxLength + 1]),
            .. Message.Bytes(5, MessageType.Request, MessageFlags.None, [1]),
        ];

        var reader = new MessageReader();
        var seen = new List<(uint Id, bool IsOversize, int Length)>();
        foreach (byte[] piece in input.Chunk(100_000))
        {
            ReadOnlySpan<byte> rest = piece;
            while (reader.TryRead(ref rest, out MessageHeader header, out ReadOnlySpan<byte> data))
                seen.Add((header.StreamId, header.IsOversize, data.Length));
        }

        Assert.Equal([(1u, false, MessageHeader.MaxLength), (3u, true, 0), (5u, false, 1)], seen);
    }

    [Fact]
    public void A_promise_of_four_mebibytes_costs_no_memory_until_they_come()
    {
        byte[] header = new byte[10];
        new MessageHeader(MessageHeader.MaxLength, 1, MessageType.Request, MessageFlags.None).Write(header);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ReadOnlySpan<byte> rest = header;
        Assert.False(new MessageReader().TryRead(ref rest, out _, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void A_message_too_large_to_send_is_refused_before_a_byte_is_written()
    {
        var output = new ArrayBufferWriter<byte>();
        var request = new Request { Payload = ByteString.CopyFrom(new byte[MessageHeader.MaxLength]) };

        TtrpcException error = Assert.Throws<TtrpcException>(
            () => MessageWriter.Write(output, 1, MessageType.Request, MessageFlags.None, request));

        Assert.Equal(StatusCode.ResourceExhausted, error.Code);
        Assert.Equal(0, output.WrittenCount);
    }
}
