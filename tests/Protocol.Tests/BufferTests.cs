using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests;

public sealed class BufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ReceiveBuffer_gives_what_was_written_in_order(int seed)
    {
        var random = new Random(seed);
        var buffer = new ReceiveBuffer();
        var expected = new Queue<byte>();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] piece = new byte[random.Next(expected.Count > 100_000 ? 10 : 3000)];
            random.NextBytes(piece);
            buffer.Write(piece);
            foreach (byte item in piece)
                expected.Enqueue(item);

            byte[] read = new byte[random.Next(4000)];
            int count = buffer.Read(read);
            Assert.Equal(Math.Min(read.Length, expected.Count), count);
            for (int k = 0; k < count; k++)
            {
                if (expected.Dequeue() != read[k])
                    Assert.Fail($"byte {k} of round {i} differs");
            }

            Assert.Equal(expected.Count, buffer.Length);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void OutputBuffer_gives_what_was_appended_in_order(int seed)
    {
        var random = new Random(seed);
        var buffer = new OutputBuffer();
        byte[] spare = [];
        var expected = new List<byte>();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] piece = new byte[random.Next(3000)];
            random.NextBytes(piece);
            buffer.Append(piece);
            expected.AddRange(piece);

            int count = random.Next(Math.Min(expected.Count, 5000) + 1);
            bool takesAll = random.Next(50) == 0;
            ReadOnlyMemory<byte> output = takesAll ? buffer.Take(ref spare) : buffer.Written[..count];
            if (!expected.Take(output.Length).SequenceEqual(output.ToArray()))
                Assert.Fail($"round {i} differs");

            expected.RemoveRange(0, output.Length);
            if (!takesAll)
                buffer.Release(count);
            Assert.Equal(expected.Count, buffer.Length);
        }
    }

    [Fact]
    public void OutputBuffer_may_be_appended_to_while_what_was_taken_is_in_use()
    {
        var buffer = new OutputBuffer();
        byte[] spare = [];
        buffer.Append("first"u8);

        ReadOnlyMemory<byte> taken = buffer.Take(ref spare);
        buffer.Append("second"u8);

        Assert.Equal("first"u8, taken.Span);
        Assert.Equal("second"u8, buffer.Take(ref spare).Span);
    }

    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7F")]
    [InlineData(128u, "8001")]
    [InlineData(300u, "AC02")]
    [InlineData(uint.MaxValue, "FFFFFFFF0F")]
    public void Varint_is_encoded_as_protobuf_says(uint value, string hex)
    {
        byte[] bytes = new byte[Varint.MaxSize];

        int length = Varint.Write(bytes, value);

        Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, length)));
        Assert.Equal(length, Varint.Read(bytes.AsSpan(0, length), out uint read));
        Assert.Equal(value, read);
        Assert.Equal(0, Varint.Read(bytes.AsSpan(0, length - 1), out _));
    }

    [Theory]
    [InlineData("FFFFFFFF10")]
    [InlineData("FFFFFFFFFF")]
    public void Varint_beyond_32_bits_is_refused(string hex) => Assert.Equal(-1, Varint.Read(Convert.FromHexString(hex), out _));
}
