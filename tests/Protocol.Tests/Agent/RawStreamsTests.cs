using System.Buffers;
using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Tests.Transport;
using Islet.Protocol.Tests.Yamux;
using Islet.Protocol.Ttrpc;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Agent;

public sealed class RawStreamsTests
{
    private static readonly OpenStreamRequest Dial = new() { Dial = new DialStream { Address = "10.0.2.15", Port = 6379 } };

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    [Fact]
    public void A_request_is_the_letter_I_a_varint_length_and_the_message()
    {
        var output = new ArrayBufferWriter<byte>();

        RawStreams.WriteRequest(output, Dial);

        byte[] message = Dial.ToByteArray();
        Assert.Equal([(byte)'I', (byte)message.Length, .. message], output.WrittenSpan.ToArray());
    }

    [Fact]
    public void A_request_is_read_as_soon_as_it_is_whole_and_leaves_what_follows()
    {
        var output = new ArrayBufferWriter<byte>();
        RawStreams.WriteRequest(output, new OpenStreamRequest { ReadTar = new ReadTarStream { Path = "/" + new string('p', 300) } });
        int whole = output.WrittenCount;
        output.Write("payload"u8);

        for (int length = 0; length < whole; length++)
        {
            Assert.False(RawStreams.TryReadRequest(output.WrittenSpan[..length], out _, out int none));
            Assert.Equal(0, none);
        }

        Assert.True(RawStreams.TryReadRequest(output.WrittenSpan, out OpenStreamRequest request, out int consumed));
        Assert.Equal(301, request.ReadTar.Path.Length);
        Assert.Equal("payload"u8, output.WrittenSpan[consumed..]);
    }

    [Theory]
    [InlineData("4981800400")]
    [InlineData("49FFFFFFFFFF01")]
    [InlineData("49FFFFFFFF7F")]
    [InlineData("4902FFFF")]
    [InlineData("00")]
    public void A_request_that_is_too_long_or_malformed_is_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => RawStreams.TryReadRequest(Convert.FromHexString(hex), out _, out _));

    [Fact]
    public void A_request_of_64_KiB_is_read_and_one_byte_more_is_not_written()
    {
        var output = new ArrayBufferWriter<byte>();
        int overhead = new OpenStreamRequest { Dial = new DialStream { Address = new string('a', 65_000) } }.CalculateSize() - 65_000;
        var largest = new OpenStreamRequest { Dial = new DialStream { Address = new string('a', LengthDelimited.MaxLength - overhead) } };

        RawStreams.WriteRequest(output, largest);

        Assert.True(RawStreams.TryReadRequest(output.WrittenSpan, out OpenStreamRequest request, out _));
        Assert.Equal(largest, request);
        largest.Dial.Port = 1;
        Assert.Throws<ArgumentException>(() => RawStreams.WriteRequest(output, largest));
    }

    [Theory]
    [InlineData(0x00, StreamKind.Ttrpc)]
    [InlineData(0x49, StreamKind.Raw)]
    [InlineData(0x01, StreamKind.Unknown)]
    [InlineData(0xff, StreamKind.Unknown)]
    public void The_first_byte_tells_the_kind(byte first, StreamKind kind) => Assert.Equal(kind, RawStreams.KindOf(first));

    [Fact]
    public async Task Opening_gives_the_stream_right_behind_the_agents_answer()
    {
        using var transport = SocketPair.Create();
        var peer = new FramePeer(transport.Guest);
        await using var channel = new YamuxChannel(transport.Host);
        await peer.GreetAsync(TestEnd);
        Task<GuestStream> opening = channel.OpenRawStreamAsync(Dial, TestEnd).AsTask();
        Assert.Equal("WindowUpdate Open 3 0", await peer.ReadTextAsync(TestEnd));
        Assert.True(RawStreams.TryReadRequest((await peer.ReadAsync(TestEnd)).Payload, out OpenStreamRequest request, out _));
        Assert.Equal(Dial, request);

        byte[] answer = [.. Response(StatusCode.Ok, new string('m', 200)), .. "+PONG"u8];
        foreach (byte[] piece in answer.Chunk(3))
            await peer.WriteAsync(Frame.Data(3, piece), TestEnd);

        await using GuestStream stream = await opening;
        byte[] bytes = new byte[5];
        await stream.ReadExactlyAsync(bytes, TestEnd);
        Assert.Equal("+PONG"u8, bytes);
    }

    [Fact]
    public async Task Opening_throws_what_the_agent_says_and_resets_the_stream()
    {
        using var transport = SocketPair.Create();
        var peer = new FramePeer(transport.Guest);
        await using var channel = new YamuxChannel(transport.Host);
        await peer.GreetAsync(TestEnd);
        Task<GuestStream> opening = channel.OpenRawStreamAsync(Dial, TestEnd).AsTask();

        await peer.WriteAsync(Frame.Data(3, Response(StatusCode.Unavailable, "connection refused")), TestEnd);

        TtrpcException error = await Assert.ThrowsAsync<TtrpcException>(() => opening);
        Assert.Equal((StatusCode.Unavailable, "connection refused"), (error.Code, error.Message));
        await peer.ReadAsync(TestEnd);
        await peer.ReadAsync(TestEnd);
        Assert.Equal("WindowUpdate Reset 3 0", await peer.ReadTextAsync(TestEnd));
    }

    [Fact]
    public async Task Opening_refuses_an_answer_that_makes_no_sense()
    {
        using var transport = SocketPair.Create();
        var peer = new FramePeer(transport.Guest);
        await using var channel = new YamuxChannel(transport.Host);
        await peer.GreetAsync(TestEnd);
        Task<GuestStream> opening = channel.OpenRawStreamAsync(Dial, TestEnd).AsTask();

        await peer.WriteAsync(Frame.Data(3, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), TestEnd);

        await Assert.ThrowsAsync<InvalidDataException>(() => opening);
    }

    private static byte[] Response(StatusCode code, string message)
    {
        var output = new ArrayBufferWriter<byte>();
        RawStreams.WriteResponse(output, code, message);
        return output.WrittenSpan.ToArray();
    }
}
