namespace Islet.Tests.Waiting;

public sealed class CombinationTests : WaitTests
{
    [Fact]
    public async Task ForAll_waits_for_every_one()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForAll(Wait.ForPort(80), Wait.ForLogLine("ready")), container);
        container.OpenPort(80);
        container.Log("not yet");
        await container.LinesReadAsync(1, Cancellation);
        Assert.False(wait.IsCompleted);
        container.Log("ready");
        await wait;
    }

    [Fact]
    public async Task ForAll_fails_with_the_first_that_fails()
    {
        Task wait = WaitAsync(Wait.ForAll(Wait.ForPort(80), Wait.ForHealthy()), new FakeContainer());
        AssertSays("no HEALTHCHECK", await Assert.ThrowsAsync<WaitFailedException>(() => wait));
    }

    [Fact]
    public async Task ForAll_ends_with_the_timeout_of_one()
    {
        Task wait = WaitAsync(Wait.ForAll(Wait.ForPort(80), Wait.ForPort(443).WithTimeout(TimeSpan.FromSeconds(2))), new FakeContainer());
        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertSays("waited 2 s for port 443", await Assert.ThrowsAsync<WaitTimeoutException>(() => wait));
    }

    [Fact]
    public async Task ForAll_timed_out_tells_what_each_that_is_missing_saw()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForAll(Wait.ForPort(80), Wait.ForLogLine("ready"), Wait.ForCommand("true")), container);
        container.Log("warming up");
        await container.LinesReadAsync(1, Cancellation);

        WaitTimeoutException timeout = await AssertTimesOutAsync(wait);
        AssertSays("waited 600 s for port 80 to accept connections and a log line that matches /ready/ and the command", timeout);
        Assert.Equal(
            "for port 80 to accept connections: nothing that listens inside the container; "
            + "for a log line that matches /ready/: the log line \"warming up\"",
            timeout.LastSeen);
    }

    [Fact]
    public async Task ForAll_ends_when_the_container_exits()
    {
        var container = new FakeContainer();
        await AssertExitEndsAsync(WaitAsync(Wait.ForAll(Wait.ForPort(80), Wait.ForLogLine("ready")), container), container);
    }

    [Fact]
    public async Task ForAny_is_content_with_one_although_another_failed()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForAny(Wait.ForHealthy(), Wait.ForPort(80)), container);
        Assert.False(wait.IsCompleted);
        container.OpenPort(80);
        await wait;
    }

    [Fact]
    public async Task ForAny_cancels_the_others_once_it_is_decided()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var container = new FakeContainer
        {
            Run = async (_, token) =>
            {
                token.Register(cancelled.SetResult);
                await Task.Delay(Timeout.Infinite, token);
                return new ExecResult(new ProcessExit(0), "", "");
            },
        };
        Task wait = WaitAsync(Wait.ForAny(Wait.ForCommand("sleep"), Wait.ForPort(80)), container);
        container.OpenPort(80);
        await wait;
        await cancelled.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task ForAny_fails_when_all_have_failed_and_tells_how_each_did()
    {
        Task wait = WaitAsync(
            Wait.ForAny(Wait.ForHealthy(), Wait.ForPort(80).WithTimeout(TimeSpan.FromSeconds(1))), new FakeContainer());
        Clock.Advance(TimeSpan.FromSeconds(1));

        WaitFailedException failed = await Assert.ThrowsAsync<WaitFailedException>(() => wait);
        AssertSays("(1) The image has no HEALTHCHECK", failed);
        AssertSays("(2) The container is not ready: waited 1 s for port 80", failed);
        Assert.Equal(2, Assert.IsType<AggregateException>(failed.InnerException).InnerExceptions.Count);
    }

    [Fact]
    public async Task ForAny_is_a_timeout_when_all_have_timed_out()
    {
        Task wait = WaitAsync(
            Wait.ForAny(
                Wait.ForPort(80).WithTimeout(TimeSpan.FromSeconds(1)), Wait.ForPort(443).WithTimeout(TimeSpan.FromSeconds(2))),
            new FakeContainer());
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), (await Assert.ThrowsAsync<WaitTimeoutException>(() => wait)).Waited);
    }

    [Fact]
    public async Task ForAny_of_a_container_that_exits_is_an_exit()
    {
        var container = new FakeContainer();
        WaitFailedException exited = await AssertExitEndsAsync(
            WaitAsync(Wait.ForAny(Wait.ForPort(80), Wait.ForExit()), container), container);
        Assert.Equal(3, exited.Exit!.ExitCode);
        AssertSays("(2) The container exited with code 3", exited);
    }

    [Fact]
    public async Task ForAny_timed_out_also_tells_what_has_failed_before()
    {
        WaitTimeoutException timeout = await AssertTimesOutAsync(
            WaitAsync(Wait.ForAny(Wait.ForHealthy(), Wait.ForPort(80)), new FakeContainer()));
        AssertSays("no HEALTHCHECK", timeout);
        AssertSays("for port 80 to accept connections: nothing that listens", timeout);
    }

    [Fact]
    public async Task Combinations_may_be_nested()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(
            Wait.ForAny(Wait.ForHealthy(), Wait.ForAll(Wait.ForPort(80), Wait.ForAny(Wait.ForPort(81), Wait.ForPort(82)))), container);
        container.OpenPort(80);
        container.OpenPort(82);
        await wait;
    }

    [Fact]
    public void Combinations_of_nothing_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Wait.ForAll());
        Assert.Throws<ArgumentException>(() => Wait.ForAny());
    }
}
