using System.Text;
using Islet.Containers;

namespace Islet.Tests.Containers;

public sealed class LineSplitterTests
{
    private readonly List<string> _lines = [];
    private readonly List<bool> _partial = [];
    private readonly LineSplitter _splitter;

    public LineSplitterTests() => _splitter = new LineSplitter((text, isPartial) =>
    {
        _lines.Add(text);
        _partial.Add(isPartial);
    });

    [Fact]
    public void Append_whole_lines_gives_each_without_its_line_break()
    {
        Append("one\ntwo\r\n\nthree\n");
        Assert.Equal(["one", "two", "", "three"], _lines);
    }

    [Fact]
    public void Append_a_line_in_pieces_gives_it_once_it_is_whole()
    {
        Append("a");
        Append("b");
        Assert.Empty(_lines);
        Append("c\nd");
        Assert.Equal(["abc"], _lines);
    }

    [Fact]
    public void A_character_cut_in_two_by_the_stream_is_put_together()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("é\n");
        _splitter.Append(bytes.AsSpan(0, 1));
        _splitter.Append(bytes.AsSpan(1));
        Assert.Equal(["é"], _lines);
    }

    [Fact]
    public void Complete_gives_what_is_left_without_a_line_break()
    {
        Append("rest");
        _splitter.Complete();
        Assert.Equal(["rest"], _lines);
    }

    [Fact]
    public void A_line_of_more_than_64_KiB_comes_in_pieces_that_say_so()
    {
        Append(new string('x', 200_000) + "\nnext\n");
        Assert.Equal([65536, 65536, 65536, 200_000 - (3 * 65536), 4], _lines.Select(line => line.Length));
        Assert.Equal([true, true, true, false, false], _partial);
    }

    [Fact]
    public void A_line_of_64_KiB_is_whole()
    {
        Append(new string('x', 65536));
        Append("\n");
        Assert.Equal([false], _partial);
    }

    [Theory]
    [InlineData("é")]
    [InlineData("€")]
    [InlineData("🏝")]
    public void Pieces_end_between_characters(string character)
    {
        for (int before = 0; before < 4; before++)
        {
            _lines.Clear();
            string text = new string('x', before) + string.Concat(Enumerable.Repeat(character, 50_000));
            foreach (byte[] part in Encoding.UTF8.GetBytes(text + "\n").Chunk(10_007))
                _splitter.Append(part);
            Assert.True(_lines.Count > 1);
            Assert.Equal(text, string.Concat(_lines));
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_cut_too()
    {
        _splitter.Append(Enumerable.Repeat((byte)0x80, 200_000).ToArray());
        _splitter.Complete();
        Assert.Equal(200_000, _lines.Sum(line => line.Length));
    }

    private void Append(string text) => _splitter.Append(Encoding.UTF8.GetBytes(text));
}
