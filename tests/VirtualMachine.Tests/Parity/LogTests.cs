namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>Logs by time and by stream, of a container that wrote twice.</summary>
public sealed class LogTests(LogTests.WriterFixture fixture) : IClassFixture<LogTests.WriterFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Since_a_time_there_are_the_lines_that_came_then_or_later()
    {
        Written written = await fixture.Written;
        Assert.Equal(["out2", "err2"], await ReadAsync(written, new LogOptions { Since = written.Between }));
    }

    [Fact]
    public async Task Until_a_time_there_are_the_lines_that_came_before()
    {
        Written written = await fixture.Written;
        Assert.Equal(["out1", "err1"], await ReadAsync(written, new LogOptions { Until = written.Between }));
    }

    [Fact]
    public async Task A_span_without_a_line_is_empty()
    {
        Written written = await fixture.Written;
        Assert.Empty(await ReadAsync(written, new LogOptions { Since = written.Between, Until = written.Between }));
    }

    [Theory]
    [InlineData(OutputStreams.Stdout, "out1 out2")]
    [InlineData(OutputStreams.Stderr, "err1 err2")]
    public async Task One_stream_can_be_read_without_the_other(OutputStreams stream, string lines)
    {
        Written written = await fixture.Written;
        Assert.Equal(lines.Split(' '), await ReadAsync(written, new LogOptions { Streams = stream }));
    }

    [Fact]
    public async Task The_last_lines_can_be_read_alone() =>
        Assert.Equal(["err2"], await ReadAsync(await fixture.Written, new LogOptions { Tail = 1 }));

    private static async Task<List<string>> ReadAsync(Written written, LogOptions options)
    {
        List<string> lines = [];
        await foreach (LogLine line in written.Container.ReadLogsAsync(options, Cancelled))
            lines.Add(line.Text);
        return lines;
    }

    public sealed record Written(Container Container, DateTimeOffset Between);

    public sealed class WriterFixture : IAsyncDisposable
    {
        private readonly Lazy<Task<Written>> _written = new(WriteAsync);

        public Task<Written> Written => _written.Value;

        public async ValueTask DisposeAsync()
        {
            if (_written.IsValueCreated && _written.Value.IsCompletedSuccessfully)
                await (await _written.Value).Container.DisposeAsync();
        }

        // The test waits for each line before it lets the next one out, and the second pair waits for a file.
        private static async Task<Written> WriteAsync()
        {
            const string Script = """
                go() { until [ -e /tmp/$1 ]; do sleep 0.02; done; }
                echo out1; go 1; echo err1 >&2; go 2; echo out2; go 3; echo err2 >&2; exec sleep infinity
                """;
            Container container = await TestRuntime.Idle
                .WithCommand("sh", "-c", Script).WaitUntil(Wait.ForLogLine("out1")).StartTestAsync();
            await container.WriteFileAsync("/tmp/1", default);
            await container.ReadLineAsync("err1");
            DateTimeOffset between = DateTimeOffset.UtcNow;
            await container.WriteFileAsync("/tmp/2", default);
            await container.ReadLineAsync("out2");
            await container.WriteFileAsync("/tmp/3", default);
            await container.ReadLineAsync("err2");
            return new Written(container, between);
        }
    }
}
