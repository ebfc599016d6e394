namespace Islet.Tests.Waiting;

public sealed class LogLineWaitTests : WaitTests
{
    [Fact]
    public async Task A_line_that_was_written_before_the_wait_counts()
    {
        var container = new FakeContainer();
        container.Log("starting", "ready to accept connections");
        await WaitAsync(Wait.ForLogLine("ready to accept"), container);
    }

    [Fact]
    public async Task The_pattern_is_a_regular_expression_over_one_line()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForLogLine(@"^port=\d+$"), container);
        container.Log("port=x", "the port=80", "port=80 ");
        await container.LinesReadAsync(3, Cancellation);
        Assert.False(wait.IsCompleted);
        container.Log("port=80");
        await wait;
    }

    [Fact]
    public async Task Occurrences_are_counted_by_line()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForLogLine("ready", occurrence: 2), container);
        container.Log("ready ready ready", "restarting");
        await container.LinesReadAsync(2, Cancellation);
        Assert.False(wait.IsCompleted);
        container.Log("ready");
        await wait;
    }

    [Fact]
    public async Task The_pieces_of_a_long_line_are_one_line()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForLogLine("^ready", occurrence: 2), container);
        container.Log("ready…", "ready…", "ready");
        await container.LinesReadAsync(3, Cancellation);
        Assert.False(wait.IsCompleted);
        container.Log("ready");
        await wait;
    }

    [Fact]
    public async Task Timed_out_it_tells_the_last_line_and_the_count()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForLogLine("ready", 2), container);
        container.Log("ready", "shutting down");
        await container.LinesReadAsync(2, Cancellation);

        WaitTimeoutException timeout = await AssertTimesOutAsync(wait);
        Assert.Equal("1 matching lines; the log line \"shutting down\"", timeout.LastSeen);
        AssertSays("for 2 log lines that match /ready/", timeout);
    }

    [Fact]
    public async Task A_container_that_writes_nothing_is_told_as_nothing() =>
        AssertSays("Last seen: nothing.", await AssertTimesOutAsync(WaitAsync(Wait.ForLogLine("ready"), new FakeContainer())));

    [Fact]
    public async Task A_long_line_is_cut_in_the_message()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForLogLine("ready"), container);
        container.Log(new string('x', 100_000));
        await container.LinesReadAsync(1, Cancellation);
        Assert.InRange((await AssertTimesOutAsync(wait)).Message.Length, 200, 600);
    }

    [Fact]
    public async Task The_last_line_before_an_exit_still_counts()
    {
        var container = new FakeContainer();
        container.Exit(new ProcessExit(0));
        await Assert.ThrowsAsync<WaitFailedException>(() => WaitAsync(Wait.ForLogLine("done"), container));

        container = new FakeContainer();
        container.Log("done");
        container.Exit(new ProcessExit(0));
        await WaitAsync(Wait.ForLogLine("done"), container);
    }

    [Fact]
    public async Task An_exit_ends_the_wait_and_tells_the_last_line()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForLogLine("ready"), container);
        container.Log("FATAL: no space left on device");
        AssertSays("FATAL: no space left on device", await AssertExitEndsAsync(wait, container));
    }

    [Fact]
    public async Task A_log_that_breaks_while_the_container_runs_fails_the_wait()
    {
        var container = new FakeContainer();
        container.BreakLog(new IOException("The channel is closed."));
        Task wait = WaitAsync(Wait.ForLogLine("ready"), container);
        await Clock.AdvanceOverExitGracePeriodAsync(Cancellation);
        await Assert.ThrowsAsync<WaitFailedException>(() => wait);
    }

    [Fact]
    public async Task A_pattern_that_backtracks_without_end_is_cut_short()
    {
        var container = new FakeContainer();
        container.Log(new string('a', 60_000) + "!");
        var strategy = new LogLineWait("^(a+)+$", 1, TimeSpan.FromMilliseconds(50));
        WaitFailedException failed = await Assert.ThrowsAsync<WaitFailedException>(() => WaitAsync(strategy, container));
        AssertSays("/^(a+)+$/ took more than 50 ms", failed);
    }

    [Theory]
    [InlineData("(", 1)]
    [InlineData("", 1)]
    [InlineData("x", 0)]
    public void ForLogLine_refuses_what_can_not_match(string pattern, int occurrence) =>
        Assert.ThrowsAny<ArgumentException>(() => Wait.ForLogLine(pattern, occurrence));
}
