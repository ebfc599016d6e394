using CsCheck;

namespace Islet.Tests.Properties;

public sealed class MemorySizeProperties
{
    private static readonly Gen<long> s_bytes = Gen.OneOf(
        Gen.Long[0, 4096], Gen.Long[0, 1L << 62], Gen.Int[0, 62].Select(bits => 1L << bits));

    [Fact]
    public void A_size_is_read_back_within_the_decimal_that_is_written() => s_bytes.Sample(bytes =>
    {
        long read = MemorySize.Parse(MemorySize.FromBytes(bytes).ToString()).Bytes;

        // One decimal of a unit is written, of which a number has at least one.
        return Math.Abs(read - bytes) <= bytes / 20 + 1;
    });

    [Fact]
    public void A_number_of_units_is_that_many_bytes() => Gen.Select(Gen.Long[0, 1 << 20], Gen.Int[0, 4]).Sample((count, unit) =>
        MemorySize.Parse($"{count} {new[] { "B", "KiB", "MiB", "GiB", "TiB" }[unit]}").Bytes == count << (10 * unit));

    [Fact]
    public void Any_text_is_a_size_or_is_refused() => Gen.String.Sample(text =>
        !MemorySize.TryParse(text, null, out MemorySize size) || size.Bytes >= 0);

    [Fact]
    public void Mebibytes_are_rounded_up() => s_bytes.Sample(bytes =>
        (MemorySize.FromBytes(bytes).TotalMebibytes << 20) is var rounded && rounded >= bytes && rounded - bytes < 1 << 20);
}
