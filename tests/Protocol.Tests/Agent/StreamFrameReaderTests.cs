using System.Buffers.Binary;
using Google.Protobuf;
using Islet.Protocol.Agent;

namespace Islet.Protocol.Tests.Agent;

/// <summary>The frames of a stream of bytes, as they come and however they are cut.</summary>
public sealed class StreamFrameReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Frames_are_read_however_they_are_cut(int size)
    {
        byte[] data = new byte[70_000];
        new Random(size).NextBytes(data);
        byte[] bytes =
        [
            .. Frame(new StreamFrame { Open = new OpenStreamRequest { Dial = new DialStream { Address = "a", Port = 80 } } }),
            .. Frame(new StreamFrame { Data = ByteString.CopyFrom(data) }),
            .. Frame(new StreamFrame()),
            .. Frame(new StreamFrame { Data = ByteString.Empty }),
            .. Written(data[..5]),
            .. StreamFrames.Opened, .. StreamFrames.End,
        ];
        var read = new Recorder();
        var reader = new StreamFrameReader(read);
        foreach (byte[] piece in bytes.Chunk(size))
            reader.Read(piece);

        Assert.Equal<byte[]>([.. data, .. data[..5]], read.Bytes.ToArray());
        Assert.Equal(
            [StreamFrame.KindOneofCase.Open, StreamFrame.KindOneofCase.None, StreamFrame.KindOneofCase.Opened,
                StreamFrame.KindOneofCase.End],
            read.Frames.Select(frame => frame.KindCase));
        Assert.Equal(80u, read.Frames[0].Open.Dial.Port);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(StreamFrames.MaxData)]
    public void What_is_written_is_the_message_of_the_contract(int length)
    {
        byte[] data = new byte[length];
        byte[] written = Written(data);
        Assert.Equal(written.Length - 5, BinaryPrimitives.ReadInt32BigEndian(written.AsSpan(1)));
        StreamFrame frame = StreamFrame.Parser.ParseFrom(written.AsSpan(5).ToArray());
        Assert.Equal(StreamFrame.KindOneofCase.Data, frame.KindCase);
        Assert.Equal(length, frame.Data.Length);
        Assert.Equal(StreamFrame.KindOneofCase.Opened, StreamFrame.Parser.ParseFrom(StreamFrames.Opened[5..].ToArray()).KindCase);
        Assert.Equal(StreamFrame.KindOneofCase.End, StreamFrame.Parser.ParseFrom(StreamFrames.End[5..].ToArray()).KindCase);
    }

    [Fact]
    public void A_message_in_another_order_than_ours_means_the_same()
    {
        // An unknown field behind the data, and data that is given twice: the last counts.
        var read = new Recorder();
        new StreamFrameReader(read).Read([0, 0, 0, 0, 5, 0x12, 1, 7, 0x78, 1, 0, 0, 0, 0, 6, 0x12, 1, 1, 0x12, 1, 2]);
        Assert.Equal([7, 2], read.Bytes.ToArray());
    }

    [Theory]
    [InlineData("0100000000")] // compressed
    [InlineData("0000400001")] // larger than 4 MiB
    [InlineData("00000100010a")] // another frame than data, larger than 64 KiB
    [InlineData("000000000112")] // a tag without a length
    [InlineData("00000000021205")] // a length without the bytes
    [InlineData("0000000006120101ffffff")] // a field that is none
    public void What_is_no_frame_is_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => new StreamFrameReader(new Recorder()).Read(Convert.FromHexString(hex)));

    [Fact]
    public void Any_bytes_end_in_frames_or_the_typed_error()
    {
        var random = new Random(5);
        for (int round = 0; round < 100_000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            bytes[0] = 0;
            if (random.Next(2) == 0)
                bytes.AsSpan(1, Math.Min(3, bytes.Length - 1)).Clear();
            string whole = Feed(bytes, bytes.Length), pieces = Feed(bytes, random.Next(1, 6));
            if (whole != pieces)
                Assert.Fail($"{Convert.ToHexString(bytes)}: {whole} whole, {pieces} in pieces");
        }
    }

    private static string Feed(byte[] bytes, int size)
    {
        var read = new Recorder();
        var reader = new StreamFrameReader(read);
        string end = "";
        try
        {
            foreach (byte[] piece in bytes.Chunk(size))
                reader.Read(piece);
        }
        catch (InvalidDataException)
        {
            end = " refused";
        }

        return $"{Convert.ToHexString(read.Bytes.ToArray())} {string.Join(' ', read.Frames.Select(frame => frame.KindCase))}{end}";
    }

    private static byte[] Written(byte[] data)
    {
        byte[] head = new byte[StreamFrames.MaxHeadSize];
        return [.. head[..StreamFrames.WriteHead(head, data.Length)], .. data];
    }

    private static byte[] Frame(StreamFrame frame)
    {
        byte[] framed = [0, 0, 0, 0, 0, .. frame.ToByteArray()];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - 5);
        return framed;
    }

    private sealed class Recorder : IStreamFrames
    {
        public MemoryStream Bytes { get; } = new();

        public List<StreamFrame> Frames { get; } = [];

        public void Data(ReadOnlySpan<byte> data) => Bytes.Write(data);

        public void Frame(StreamFrame frame) => Frames.Add(frame);
    }
}
