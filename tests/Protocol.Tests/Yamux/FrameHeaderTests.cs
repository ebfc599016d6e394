using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

public sealed class FrameHeaderTests
{
    [Fact]
    public void Write_lays_the_fields_out_as_the_specification_says()
    {
        byte[] bytes = new byte[12];

        new FrameHeader(FrameType.WindowUpdate, FrameFlags.Open | FrameFlags.Reset, 0x01020304, 0x0a0b0c0d).Write(bytes);

        Assert.Equal("00010009010203040A0B0C0D", Convert.ToHexString(bytes));
    }

    [Theory]
    [InlineData("000000000000000100000005", FrameType.Data, FrameFlags.None, 1u, 5u)]
    [InlineData("000100010000000300000000", FrameType.WindowUpdate, FrameFlags.Open, 3u, 0u)]
    [InlineData("000100020000000300040000", FrameType.WindowUpdate, FrameFlags.Acknowledge, 3u, 0x40000u)]
    [InlineData("000000040000000300000000", FrameType.Data, FrameFlags.Finish, 3u, 0u)]
    [InlineData("000100080000000300000000", FrameType.WindowUpdate, FrameFlags.Reset, 3u, 0u)]
    [InlineData("0002000100000000DEADBEEF", FrameType.Ping, FrameFlags.Open, 0u, 0xdeadbeefu)]
    [InlineData("000300000000000000000002", FrameType.GoAway, FrameFlags.None, 0u, 2u)]
    public void TryRead_and_Write_agree_with_the_published_values(string hex, FrameType type, FrameFlags flags, uint id, uint length)
    {
        byte[] bytes = Convert.FromHexString(hex);

        Assert.True(FrameHeader.TryRead(bytes, out FrameHeader header));
        Assert.Equal(new FrameHeader(type, flags, id, length), header);

        byte[] written = new byte[12];
        header.Write(written);
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void TryRead_of_eleven_bytes_is_not_a_header() => Assert.False(FrameHeader.TryRead(new byte[11], out _));

    [Fact]
    public void TryRead_keeps_the_version_and_flags_that_it_does_not_know()
    {
        Assert.True(FrameHeader.TryRead(Convert.FromHexString("07FFFFFF0000000000000000"), out FrameHeader header));

        Assert.Equal(7, header.Version);
        Assert.Equal(0xff, (byte)header.Type);
        Assert.Equal(0xffff, (ushort)header.Flags);
    }
}
