namespace Islet.Protocol.Tests;

public sealed class BufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void OutputBuffer_gives_what_was_appended_in_order(int seed)
    {
        var random = new Random(seed);
        var buffer = new OutputBuffer();
        var expected = new List<byte>();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] piece = new byte[random.Next(3000)];
            random.NextBytes(piece);
            buffer.Append(piece);
            expected.AddRange(piece);

            int count = random.Next(Math.Min(expected.Count, 5000) + 1);
            ReadOnlyMemory<byte> output = buffer.Written[..count];
            if (!expected.Take(output.Length).SequenceEqual(output.ToArray()))
                Assert.Fail($"round {i} differs");

            expected.RemoveRange(0, output.Length);
            buffer.Release(count);
            Assert.Equal(expected.Count, buffer.Length);
        }
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
