namespace Islet.Containers.Waiting;

public sealed class HealthyWaitTests : WaitTests
{
    private static readonly CommandResult s_sick = new(1, "", "connection refused");

    [Fact]
    public async Task An_image_without_a_healthcheck_fails_at_once() =>
        AssertSays("no HEALTHCHECK", await Assert.ThrowsAsync<WaitFailedException>(() => WaitAsync(Wait.ForHealthy(), new FakeContainer())));

    [Fact]
    public async Task A_healthcheck_is_run_more_often_than_its_interval()
    {
        int runs = 0;
        var container = new FakeContainer
        {
            Healthcheck = new Healthcheck(["probe"]),
            Run = (_, _) => Task.FromResult(++runs == 6 ? new CommandResult(0, "", "") : s_sick),
        };
        Task wait = WaitAsync(Wait.ForHealthy(), container);
        TimeSpan passed = TimeSpan.Zero;
        for (int i = 0; i < 5; i++)
            passed += await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
        Assert.True(passed < container.Healthcheck.Interval);
    }

    [Theory]
    [InlineData(0, 10, 3, 30)]
    [InlineData(60, 10, 3, 80)]
    [InlineData(5, 10, 2, 20)]
    public async Task A_container_is_unhealthy_when_Docker_would_call_it_so(int startPeriod, int interval, int retries, int expectedSeconds)
    {
        var container = new FakeContainer
        {
            Healthcheck = new Healthcheck(["probe"])
            {
                StartPeriod = TimeSpan.FromSeconds(startPeriod),
                Interval = TimeSpan.FromSeconds(interval),
                Retries = retries,
            },
            Run = (_, _) => Task.FromResult(s_sick),
        };
        Task wait = WaitAsync(Wait.ForHealthy(), container);
        await AdvanceUntilAsync(wait);

        WaitFailedException unhealthy = await Assert.ThrowsAsync<WaitFailedException>(() => wait);
        AssertSays($"failed {retries} times in a row. Last seen: exit code 1 and \"connection refused\"", unhealthy);
        // Each counted failure may come one pause after its interval is over.
        Assert.InRange(Clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, expectedSeconds, expectedSeconds + retries * 0.5 + 1);
    }

    [Fact]
    public async Task A_check_that_hangs_counts_as_failed_after_its_timeout()
    {
        int runs = 0;
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var container = new FakeContainer
        {
            Healthcheck = new Healthcheck(["probe"]) { Timeout = TimeSpan.FromSeconds(2), Interval = TimeSpan.FromSeconds(1), Retries = 1 },
            Run = async (_, token) =>
            {
                runs++;
                hanging.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return s_sick;
            },
        };
        Task wait = WaitAsync(Wait.ForHealthy(), container);
        await hanging.Task.WaitAsync(Cancellation);
        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertSays("did not end within 2 s", await Assert.ThrowsAsync<WaitFailedException>(() => wait));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void FromImage_reads_both_forms_of_a_test()
    {
        Assert.Equal(["pg_isready", "-q"], Healthcheck.FromImage(["CMD", "pg_isready", "-q"], 0, 0, 0, 0)!.Command);
        Assert.Equal(["/bin/sh", "-c", "a || b"], Healthcheck.FromImage(["CMD-SHELL", "a || b"], 0, 0, 0, 0)!.Command);
    }

    [Fact]
    public void FromImage_without_a_test_is_none()
    {
        Assert.Null(Healthcheck.FromImage(null, 0, 0, 0, 0));
        Assert.Null(Healthcheck.FromImage([], 0, 0, 0, 0));
        Assert.Null(Healthcheck.FromImage(["NONE"], 0, 0, 0, 0));
        Assert.Null(Healthcheck.FromImage(["CMD"], 0, 0, 0, 0));
    }

    [Fact]
    public void FromImage_takes_nanoseconds_and_0_for_the_default()
    {
        Healthcheck set = Healthcheck.FromImage(["CMD", "x"], 5_000_000_000, 2_500_000_000, 1_000_000_000, 7)!;
        Assert.Equal(
            (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(1), 7),
            (set.Interval, set.Timeout, set.StartPeriod, set.Retries));

        Healthcheck unset = Healthcheck.FromImage(["CMD", "x"], 0, -1, 0, 0)!;
        Assert.Equal(
            (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), TimeSpan.Zero, 3),
            (unset.Interval, unset.Timeout, unset.StartPeriod, unset.Retries));
    }

    private async Task AdvanceUntilAsync(Task wait)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        _ = wait.ContinueWith(_ => ended.Cancel(), TaskScheduler.Default);
        try
        {
            while (true)
                await Clock.AdvanceOverPauseAsync(ended.Token);
        }
        catch (OperationCanceledException) when (wait.IsCompleted)
        {
        }
    }
}
