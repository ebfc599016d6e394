using System.ComponentModel;

namespace Islet.Tests.Values;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("512 MiB", 512L << 20)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData(" 1.5 gib ", 3L << 29)]
    [InlineData("256m", 256L << 20)]
    [InlineData("64K", 64L << 10)]
    [InlineData("2T", 2L << 40)]
    [InlineData("4096", 4096)]
    [InlineData("12 B", 12)]
    public void Parse_reads_a_number_with_a_binary_unit(string text, long bytes)
    {
        Assert.Equal(bytes, MemorySize.Parse(text).Bytes);
        Assert.Equal(MemorySize.FromBytes(bytes), TypeDescriptor.GetConverter(typeof(MemorySize)).ConvertFromInvariantString(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("much")]
    [InlineData("MiB")]
    [InlineData("-1 MiB")]
    [InlineData("512 MB")]
    [InlineData("1,5 GiB")]
    [InlineData("9999999999 TiB")]
    public void Parse_refuses_what_is_no_amount_or_has_two_meanings(string text)
    {
        Assert.False(MemorySize.TryParse(text, null, out _));
        FormatException refused = Assert.Throws<FormatException>(() => MemorySize.Parse(text));
        Assert.Contains("512 MiB", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512L << 20)]
    [InlineData(3L << 29)]
    [InlineData(100)]
    public void Parse_reads_what_ToString_has_written(long bytes) =>
        Assert.Equal(bytes, MemorySize.Parse(MemorySize.FromBytes(bytes).ToString()).Bytes);
}
