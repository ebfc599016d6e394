using CsCheck;
using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;
using Islet.Protocol.Tests.Http2;
using Islet.Testing.Http2;

namespace Islet.Protocol.Tests.Properties;

/// <summary>Bytes of a peer mean the same however the transport cuts them, and end in an answer or in the typed error.</summary>
public sealed class WireProperties
{
    private static readonly Gen<int[]> s_cuts = Gen.Int[1, 60].Array[1, 8];

    // Few streams, so that frames often meet, and mostly types that have a meaning.
    private static readonly Gen<byte[]> s_frame = Gen.Select(
        Gen.OneOf<byte>(0, 0, 1, 1, 2, 3, 4, 6, 7, 8, 8, 9, 200), Gen.OneOf<byte>(0, 1, 4, 5, 8, 0x20), Gen.OneOf(0u, 1u, 1u, 3u, 5u),
        Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Const(Headers("/s")), Gen.Const(new byte[] { 0, 0, 1, 0 }), Gen.Const(new byte[8])),
        (type, flags, id, payload) =>
        {
            byte[] frame = new byte[FrameHeader.Size + payload.Length];
            new FrameHeader(payload.Length, (FrameType)type, flags, id).Write(frame);
            payload.CopyTo(frame, FrameHeader.Size);
            return frame;
        });

    [Fact]
    public void Any_frames_mean_the_same_however_they_are_cut() => Gen.Select(s_frame.Array[0, 30], s_cuts).Sample((frames, cuts) =>
    {
        byte[] bytes = [.. new Http2Client().Take(), .. frames.SelectMany(frame => frame)];
        Assert.Equal(Answer(bytes, [bytes.Length]), Answer(bytes, cuts));
    });

    [Fact]
    public void Any_header_block_is_decoded_or_refused() => Gen.Byte.Array[0, 200].Sample(block =>
    {
        var headers = new RequestHeaders();
        headers.Reset(isTrailers: false);
        Exception? exception = Record.Exception(() => new HpackDecoder().Decode(block, headers));
        Assert.True(exception is null or Http2Exception, exception?.ToString());
    });

    [Fact]
    public void Any_frames_of_a_stream_are_read_however_they_are_cut() => Gen.Select(
        Gen.OneOf(
            Gen.Byte.Array[0, 300].Select(data => new StreamFrame { Data = ByteString.CopyFrom(data) }),
            Gen.Const(new StreamFrame { End = new StreamEnd() }), Gen.Const(new StreamFrame { Opened = new StreamOpened() }),
            Gen.Char.Array[0, 100].Select(
                path => new StreamFrame { Open = new OpenStreamRequest { ReadTar = new ReadTarStream { Path = new string(path) } } }))
            .Array[0, 12],
        s_cuts).Sample((frames, cuts) =>
    {
        var read = new Recorder();
        var reader = new StreamFrameReader(read);
        foreach (byte[] piece in Cut([.. frames.SelectMany(Framed)], cuts))
            reader.Read(piece);
        Assert.Equal(frames.Where(IsData).SelectMany(frame => frame.Data), read.Bytes);
        Assert.Equal(frames.Where(frame => !IsData(frame)), read.Frames);
        Assert.False(reader.IsGathering);
    });

    [Fact]
    public void Any_bytes_of_a_stream_are_read_or_refused() => Gen.Select(Gen.Byte.Array[0, 200], s_cuts).Sample((bytes, cuts) =>
    {
        var reader = new StreamFrameReader(new Recorder());
        Exception? exception = Record.Exception(() =>
        {
            foreach (byte[] piece in Cut(bytes, cuts))
                reader.Read(piece);
        });
        Assert.True(exception is null or InvalidDataException, exception?.ToString());
    });

    private static bool IsData(StreamFrame frame) => frame.KindCase == StreamFrame.KindOneofCase.Data;

    private static byte[] Framed(StreamFrame frame)
    {
        byte[] message = frame.ToByteArray();
        byte[] framed = new byte[GrpcMessages.PrefixSize + message.Length];
        GrpcMessages.WritePrefix(framed, message.Length);
        message.CopyTo(framed, GrpcMessages.PrefixSize);
        return framed;
    }

    private static byte[] Headers(string path)
    {
        var client = new Http2Client(begins: false);
        client.Begin(path);
        return client.Take()[FrameHeader.Size..];
    }

    /// <summary>Returns all that a server answers, and the error that it ends with.</summary>
    private static (string Output, Http2Error? Error, string Received) Answer(byte[] bytes, int[] cuts)
    {
        var peer = new ServerPeer();
        var output = new MemoryStream();
        Http2Error? error = null;
        try
        {
            foreach (byte[] piece in Cut(bytes, cuts))
                peer.Server.Receive(piece);
        }
        catch (Http2Exception exception)
        {
            error = exception.Error;
        }

        output.Write(peer.Server.Output.Span);
        return (Convert.ToHexString(output.ToArray()), error,
            string.Join(' ', peer.Streams.Select(stream => Convert.ToHexString(peer.HandlerOf(stream).Data.ToArray()))));
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes, int[] cuts)
    {
        for (int at = 0, i = 0; at < bytes.Length; at += cuts[i++ % cuts.Length])
            yield return bytes[at..Math.Min(bytes.Length, at + cuts[i % cuts.Length])];
    }

    private sealed class Recorder : IStreamFrames
    {
        public List<byte> Bytes { get; } = [];

        public List<StreamFrame> Frames { get; } = [];

        public void Data(ReadOnlySpan<byte> data) => Bytes.AddRange(data);

        public void Frame(StreamFrame frame) => Frames.Add(frame);
    }
}
