using System.Text;

namespace Islet.Containers;

public sealed class LineSplitterTests
{
    private readonly List<string> _lines = [];
    private readonly LineSplitter _splitter;

    public LineSplitterTests() => _splitter = new LineSplitter(_lines.Add);

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
    public void A_line_without_end_is_cut_at_64_KiB()
    {
        Append(new string('x', 200_000) + "\n");
        Assert.Equal([65536, 65536, 65536, 200_000 - (3 * 65536)], _lines.Select(line => line.Length));
    }

    private void Append(string text) => _splitter.Append(Encoding.UTF8.GetBytes(text));
}
