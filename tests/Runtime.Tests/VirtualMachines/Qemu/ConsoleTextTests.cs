using System.Text;
using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class ConsoleTextTests
{
    [Fact]
    public void LastLines_gives_the_last_ones_in_order() =>
        Assert.Equal(["two", "three"], Lines("one\r\ntwo\r\n\r\nthree\r\n", 2));

    [Fact]
    public void LastLines_escape_sequences_and_control_characters_are_gone() =>
        Assert.Equal(["red title end"], Lines("\e[31mred\e[0m\a\b ti\0tle\x7f \u009bend\u202e\e", 5));

    [Theory]
    [InlineData("\e[")]
    [InlineData("\e[12;")]
    [InlineData("\e")]
    [InlineData("\e[31")]
    public void LastLines_sequence_cut_off_at_the_end_is_harmless(string text) => Assert.Empty(Lines(text, 5));

    [Fact]
    public void LastLines_sequence_that_never_ends_does_not_swallow_the_next_line() =>
        Assert.Equal(["next"], Lines("\e[1;2\nnext", 5));

    [Fact]
    public void LastLines_broken_utf8_is_replaced() =>
        Assert.Equal(["a\uFFFDb"], ConsoleText.LastLines([(byte)'a', 0xFF, (byte)'b'], 5));

    [Fact]
    public void LastLines_endless_line_is_cut() => Assert.Equal(1000, Lines(new string('x', 50_000), 1)[0].Length);

    [Fact]
    public void BoundedTail_keeps_the_last_bytes_whatever_the_pieces()
    {
        byte[] source = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        foreach (int piece in (int[])[1, 3, 7, 16, 17, 100, 1000])
        {
            var tail = new BoundedTail(16);
            foreach (byte[] chunk in source.Chunk(piece))
                tail.Append(chunk);

            Assert.Equal(source[^16..], tail.ToArray());
        }
    }

    [Fact]
    public void BoundedTail_with_less_than_its_capacity_has_all()
    {
        var tail = new BoundedTail(16);
        Assert.Empty(tail.ToArray());

        tail.Append("abc"u8);
        tail.Append("de"u8);

        Assert.Equal("abcde"u8.ToArray(), tail.ToArray());
    }

    private static IReadOnlyList<string> Lines(string text, int count) => ConsoleText.LastLines(Encoding.UTF8.GetBytes(text), count);
}
