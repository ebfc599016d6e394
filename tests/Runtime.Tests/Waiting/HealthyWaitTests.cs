namespace Islet.Tests.Waiting;

public sealed class HealthyWaitTests : WaitTests
{
    private static readonly ExecResult s_sick = new(new ProcessExit(1), "", "connection refused");

    [Fact]
    public async Task An_image_without_a_healthcheck_fails_at_once()
    {
        Task wait = WaitAsync(Wait.ForHealthy(), new FakeContainer());
        AssertSays("no HEALTHCHECK", await Assert.ThrowsAsync<WaitFailedException>(() => wait));
    }

    [Theory]
    [InlineData("/bin/sh|-c|test -f x", "CMD-SHELL|test -f x", "")]
    [InlineData("/opt/myshell|-ec|test -f x", "CMD-SHELL|test -f x", "/opt/myshell|-ec")]
    [InlineData("probe|-x", "CMD|probe|-x", "/opt/myshell|-ec")]
    [InlineData(null, "NONE", "")]
    [InlineData(null, "", "")]
    public void A_healthcheck_runs_in_the_images_own_shell(string? command, string test, string shell)
    {
        var healthcheck = Healthcheck.From(new HealthcheckConfig { Test = Split(test) }, Split(shell));
        Assert.Equal(command, healthcheck is null ? null : string.Join('|', healthcheck.Command));

        static string[] Split(string text) => text.Length == 0 ? [] : text.Split('|');
    }

    [Fact]
    public async Task A_healthcheck_is_run_more_often_than_its_interval()
    {
        int runs = 0;
        var container = new FakeContainer
        {
            Healthcheck = new Healthcheck(["probe"]),
            Run = (_, _) => Task.FromResult(++runs == 6 ? new ExecResult(new ProcessExit(0), "", "") : s_sick),
        };
        Task wait = WaitAsync(Wait.ForHealthy(), container);
        TimeSpan passed = TimeSpan.Zero;
        for (int i = 0; i < 5; i++)
            passed += await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
        Assert.True(passed < container.Healthcheck.Interval);
    }

    [Fact]
    public async Task A_check_that_is_not_there_yet_is_a_failed_one_and_does_not_count_in_the_start_period()
    {
        int runs = 0;
        var container = new FakeContainer
        {
            Healthcheck = new Healthcheck(["/tmp/ready.sh"]) { StartPeriod = TimeSpan.FromSeconds(20), Retries = 1 },
            Run = (_, _) => ++runs < 10
                ? throw new ProcessStartException("no such file or directory")
                : Task.FromResult(new ExecResult(new ProcessExit(0), "", "")),
        };
        Task wait = WaitAsync(Wait.ForHealthy(), container);
        for (int i = 1; i < 10; i++)
            await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
        Assert.Equal(10, runs);
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
        // Each counted failure may come one pause after the end of its interval.
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
    public async Task A_timeout_that_no_timer_can_count_is_none()
    {
        var container = new FakeContainer { Healthcheck = new Healthcheck(["true"]) { Timeout = TimeSpan.MaxValue } };
        await WaitAsync(Wait.ForHealthy().WithTimeout(TimeSpan.MaxValue), container);
    }

    [Fact]
    public void From_reads_both_forms_of_a_test()
    {
        Assert.Equal(["pg_isready", "-q"], Healthcheck.From(new HealthcheckConfig { Test = ["CMD", "pg_isready", "-q"] }, [])!.Command);
        Assert.Equal(["/bin/sh", "-c", "a || b"], Healthcheck.From(new HealthcheckConfig { Test = ["CMD-SHELL", "a || b"] }, [])!.Command);
    }

    [Fact]
    public void From_an_image_without_a_test_is_none()
    {
        Assert.Null(Healthcheck.From(null, []));
        Assert.Null(Healthcheck.From(new HealthcheckConfig(), []));
        Assert.Null(Healthcheck.From(new HealthcheckConfig { Test = ["NONE"] }, []));
        Assert.Null(Healthcheck.From(new HealthcheckConfig { Test = ["CMD"] }, []));
    }

    [Fact]
    public void From_fills_in_Dockers_defaults()
    {
        Healthcheck set = Healthcheck.From(new HealthcheckConfig
        {
            Test = ["CMD", "x"],
            Interval = TimeSpan.FromSeconds(5),
            Timeout = TimeSpan.FromSeconds(2.5),
            StartPeriod = TimeSpan.FromSeconds(1),
            Retries = 7,
        }, [])!;
        Assert.Equal(
            (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(1), 7),
            (set.Interval, set.Timeout, set.StartPeriod, set.Retries));

        Healthcheck unset = Healthcheck.From(new HealthcheckConfig { Test = ["CMD", "x"] }, [])!;
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
