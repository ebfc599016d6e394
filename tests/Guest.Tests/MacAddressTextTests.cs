using Grpc.Core;
using Islet.Guest.Network;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Tests;

public sealed class MacAddressTextTests
{
    [Theory]
    [InlineData("02:11:22:33:44:55", new byte[] { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 })]
    [InlineData("fE:dc:Ba:98:76:0a", new byte[] { 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x0A })]
    public void Parse_reads_six_octets(string text, byte[] expected)
    {
        byte[] address = new byte[MacAddressText.Length];
        MacAddressText.Parse(text, address);
        Assert.Equal(expected, address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("02:11:22:33:44")]
    [InlineData("02:11:22:33:44:55:66")]
    [InlineData("02-11-22-33-44-55")]
    [InlineData("02:11:22:33:44:5g")]
    [InlineData("2:011:22:33:44:55")]
    public void Parse_refuses_anything_else(string text)
    {
        byte[] address = new byte[MacAddressText.Length];
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<GrpcException>(() => MacAddressText.Parse(text, address)).Code);
    }
}
