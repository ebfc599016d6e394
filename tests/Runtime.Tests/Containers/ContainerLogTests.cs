using Islet.Containers;

namespace Islet.Tests.Containers;

public sealed class ContainerLogTests
{
    private readonly ContainerLog _log = new();

    [Fact]
    public void Pieces_of_a_long_line_are_one_line_in_the_text()
    {
        _log.Append(OutputStreams.Stdout, "be", isPartial: true);
        _log.Append(OutputStreams.Stderr, "between");
        _log.Append(OutputStreams.Stdout, "gin");
        Assert.Equal("begin\n", _log.Text(OutputStreams.Stdout));
        Assert.True(_log.Lines()[0].IsPartial);
    }

    [Fact]
    public async Task ReadAsync_without_follow_ends_at_the_last_line_there_is()
    {
        _log.Append(OutputStreams.Stdout, "out");
        _log.Append(OutputStreams.Stderr, "err");
        Assert.Equal(["out", "err"], await ReadAsync(new LogOptions()));
        Assert.Equal(["err"], await ReadAsync(new LogOptions { Streams = OutputStreams.Stderr }));
    }

    [Fact]
    public async Task ReadAsync_with_follow_gives_later_lines_until_the_process_has_ended()
    {
        _log.Append(OutputStreams.Stdout, "before");
        Task<List<string>> reading = ReadAsync(new LogOptions { Follow = true });
        _log.Append(OutputStreams.Stdout, "after");
        Assert.False(reading.IsCompleted);
        _log.Complete();
        Assert.Equal(["before", "after"], await reading);
    }

    [Fact]
    public async Task ReadAsync_with_tail_counts_only_lines_that_are_shown()
    {
        foreach (string text in new[] { "1", "2", "3" })
        {
            _log.Append(OutputStreams.Stdout, text);
            _log.Append(OutputStreams.Stderr, "e" + text);
        }

        Assert.Equal(["2", "3"], await ReadAsync(new LogOptions { Tail = 2, Streams = OutputStreams.Stdout }));
        Assert.Equal(["3", "e3"], await ReadAsync(new LogOptions { Tail = 2 }));
        Assert.Empty(await ReadAsync(new LogOptions { Tail = 0 }));
    }

    [Fact]
    public async Task ReadAsync_between_two_times_gives_the_lines_of_that_time()
    {
        _log.Append(OutputStreams.Stdout, "early");
        LogLine early = await FirstAsync();
        Assert.Equal(["early"], await ReadAsync(new LogOptions { Since = early.Timestamp }));
        Assert.Empty(await ReadAsync(new LogOptions { Since = early.Timestamp.AddTicks(1) }));
        Assert.Empty(await ReadAsync(new LogOptions { Until = early.Timestamp }));
        Assert.Equal(["early"], await ReadAsync(new LogOptions { Until = early.Timestamp.AddTicks(1), Follow = true }));
    }

    [Fact]
    public async Task Observe_gives_lines_since_a_time_and_each_new_one_before_a_reader_has_it()
    {
        _log.Append(OutputStreams.Stdout, "old");
        DateTimeOffset since = (await FirstAsync()).Timestamp.AddTicks(1);
        SpinWait.SpinUntil(() => DateTimeOffset.UtcNow > since);
        _log.Append(OutputStreams.Stdout, "there");

        List<string> observed = [], readable = [];
        _log.Observe(since, line =>
        {
            observed.Add(line.Text);
            readable.Add(string.Join(' ', _log.Lines().Select(kept => kept.Text)));
        });
        _log.Append(OutputStreams.Stderr, "new");

        Assert.Equal(["there", "new"], observed);
        Assert.Equal(["old there", "old there"], readable);
    }

    [Fact]
    public async Task ReadAsync_cancelled_while_it_waits_stops()
    {
        using var cancel = new CancellationTokenSource();
        Task<List<string>> reading = ReadUntilAsync(new LogOptions { Follow = true }, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task A_log_without_end_keeps_only_its_last_16_MiB()
    {
        string line = new('x', 1024);
        for (int number = 0; number < 20_000; number++)
            _log.Append(OutputStreams.Stdout, line);
        Assert.Equal(7943, (await ReadAsync(new LogOptions())).Count);
    }

    private async Task<LogLine> FirstAsync()
    {
        await foreach (LogLine line in _log.ReadAsync(new LogOptions(), CancellationToken.None))
            return line;
        throw new InvalidOperationException("The log is empty.");
    }

    private Task<List<string>> ReadAsync(LogOptions options) => ReadUntilAsync(options, TestContext.Current.CancellationToken);

    private async Task<List<string>> ReadUntilAsync(LogOptions options, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        await foreach (LogLine line in _log.ReadAsync(options, cancellationToken))
            lines.Add(line.Text);
        return lines;
    }

    [Fact]
    public void Tail_is_bounded_by_its_size_too()
    {
        var log = new ContainerLog();
        for (int i = 0; i < 50; i++)
            log.Append(OutputStreams.Stdout, new string((char)('a' + (i % 26)), 50_000));
        log.Append(OutputStreams.Stderr, "the last");

        IReadOnlyList<string> tail = log.Tail(50);
        Assert.Equal("the last", tail[^1]);
        Assert.Equal(3, tail.Count);
        Assert.InRange(tail.Sum(line => line.Length), 64 * 1024, (64 * 1024) + 1);
        Assert.StartsWith("…", tail[0], StringComparison.Ordinal);
        Assert.Equal(["one", "two"], LogOf("zero", "one", "two").Tail(2));
        Assert.Empty(new ContainerLog().Tail(50));

        static ContainerLog LogOf(params string[] lines)
        {
            var log = new ContainerLog();
            foreach (string line in lines)
                log.Append(OutputStreams.Stdout, line);
            return log;
        }
    }
}
