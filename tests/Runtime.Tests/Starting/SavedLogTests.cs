using Islet.Starting;

namespace Islet.Tests.Starting;

public sealed class SavedLogTests
{
    [Theory]
    [InlineData(130_000, 0)]
    [InlineData(10_000, 1000)]
    public void A_long_log_is_cut_to_its_newest_lines(int lines, int length)
    {
        LogLine[] all =
        [
            .. Enumerable.Range(0, lines).Select(_ => new LogLine(DateTimeOffset.UnixEpoch, OutputStreams.Stdout, new string('ü', length))),
        ];
        all[^1] = all[^1] with { Text = "newest" };
        SavedLog kept = new SavedLog(all, [], []).Shorten();

        Assert.InRange(kept.Lines.Count, 500, lines - 1);
        Assert.Equal("newest", kept.Lines[^1].Text);
        Assert.True(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(kept).Length < 8 << 20);
    }

    [Fact]
    public void Plain_text_counts_as_its_bytes()
    {
        var line = new LogLine(DateTimeOffset.UnixEpoch, OutputStreams.Stdout, new string('x', 872));
        var log = new SavedLog([.. Enumerable.Repeat(line, 4000)], [], []);
        Assert.Same(log, log.Shorten());
    }

    [Fact]
    public void A_short_log_is_kept_whole()
    {
        var log = new SavedLog([new LogLine(DateTimeOffset.UnixEpoch, OutputStreams.Stderr, "only")], [1], [2]);
        Assert.Same(log, log.Shorten());
    }
}
