namespace Islet.Tests.Waiting;

/// <summary>The strategies that need only a few lines each; those for logs, HTTP, health and combinations have their own files.</summary>
public sealed class StrategyTests : WaitTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void ForPort_refuses_what_is_not_a_port(int port) => Assert.Throws<ArgumentOutOfRangeException>(() => Wait.ForPort(port));

    [Fact]
    public async Task ForCommand_is_repeated_until_the_command_succeeds()
    {
        int runs = 0;
        var container = new FakeContainer { Run = (_, _) => Task.FromResult(new ExecResult(new ProcessExit(++runs == 3 ? 0 : 2), "", "")) };
        Task wait = WaitAsync(Wait.ForCommand("pg_isready", "-q"), container);
        await Clock.AdvanceOverPauseAsync(Cancellation);
        await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
        Assert.Equal(3, container.Commands.Count);
        Assert.All(container.Commands, command => Assert.Equal(["pg_isready", "-q"], command));
    }

    [Fact]
    public async Task ForCommand_with_another_exit_code_waits_for_that_one()
    {
        int runs = 0;
        var container = new FakeContainer { Run = (_, _) => Task.FromResult(new ExecResult(new ProcessExit(runs++), "", "")) };
        Task wait = WaitAsync(Wait.ForCommand("probe").WithExitCode(1), container);
        await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
    }

    [Theory]
    [InlineData("starting\n", "no\nconnection refused\n", "exit code 2 and \"connection refused\"")]
    [InlineData("starting\n", "", "exit code 2 and \"starting\"")]
    [InlineData("", " \n", "exit code 2 and no output")]
    [InlineData("a\u001b[2Jb", "", "exit code 2 and \"a [2Jb\"")]
    public async Task ForCommand_timed_out_tells_the_last_exit_code_and_line(string output, string error, string expected)
    {
        var container = new FakeContainer { Run = (_, _) => Task.FromResult(new ExecResult(new ProcessExit(2), output, error)) };
        WaitTimeoutException timeout = await AssertTimesOutAsync(WaitAsync(Wait.ForCommand("psql", "password=secret"), container));
        Assert.Equal(expected, timeout.LastSeen);
        AssertSays("the command \"psql\" to end with exit code 0", timeout);
        Assert.DoesNotContain("secret", timeout.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForCommand_that_can_not_be_run_has_failed()
    {
        var missing = new IOException("There is no program 'psql' in the container.");
        Task wait = WaitAsync(Wait.ForCommand("psql"), new FakeContainer { Run = (_, _) => throw missing });
        await Clock.AdvanceOverExitGracePeriodAsync(Cancellation);
        Assert.Same(missing, (await Assert.ThrowsAsync<WaitFailedException>(() => wait)).InnerException);
    }

    [Fact]
    public async Task ForCommand_whose_program_is_not_there_yet_waits_for_it()
    {
        int runs = 0;
        var container = new FakeContainer
        {
            Run = (_, _) => ++runs < 3
                ? throw new ProcessStartException("\"/tmp/ready.sh\" could not be started: no such file or directory.")
                : Task.FromResult(new ExecResult(new ProcessExit(0), "", "")),
        };
        Task wait = WaitAsync(Wait.ForCommand("/tmp/ready.sh"), container);
        await Clock.AdvanceOverPauseAsync(Cancellation);
        await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task ForCommand_whose_program_never_comes_tells_so_and_not_what_its_evidence_is()
    {
        var missing = new ProcessStartException("\"/tmp/ready.sh\" could not be started: no such file or directory.")
        {
            Evidence = new() { LogTail = ["a line of the log"] },
        };
        WaitTimeoutException timeout = await AssertTimesOutAsync(
            WaitAsync(Wait.ForCommand("/tmp/ready.sh"), new FakeContainer { Run = (_, _) => throw missing }));
        Assert.Contains("no such file", timeout.LastSeen, StringComparison.Ordinal);
        Assert.DoesNotContain("a line of the log", timeout.LastSeen, StringComparison.Ordinal);
        Assert.Same(missing, timeout.InnerException);
    }

    [Fact]
    public async Task ForCommand_that_hangs_is_cancelled_with_the_wait()
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
        await AssertTimesOutAsync(WaitAsync(Wait.ForCommand("sleep", "infinity"), container));
        await cancelled.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public void ForCommand_without_a_program_is_refused() => Assert.Throws<ArgumentException>(() => Wait.ForCommand());

    [Fact]
    public async Task ForExit_waits_for_exit_code_0()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForExit(), container);
        Assert.False(wait.IsCompleted);
        container.Exit(new ProcessExit(0));
        await wait;
    }

    [Fact]
    public async Task ForExit_with_another_exit_code_throws()
    {
        var container = new FakeContainer();
        WaitFailedException exited = await AssertExitEndsAsync(WaitAsync(Wait.ForExit(), container), container);
        Assert.Equal("The container exited with code 3; it should have exited with code 0. Its log should tell why.", exited.Message);
        await WaitAsync(Wait.ForExit().WithExitCode(3), container);
    }

    [Fact]
    public async Task ForExit_of_a_container_that_runs_on_times_out() =>
        Assert.Equal("a container that still runs", (await AssertTimesOutAsync(WaitAsync(Wait.ForExit(), new FakeContainer()))).LastSeen);

    [Fact]
    public async Task Until_takes_an_exception_for_not_yet()
    {
        int attempts = 0;
        var container = new FakeContainer();
        Task wait = WaitAsync(
            Wait.Until("the schema to exist", (target, _) =>
            {
                Assert.Same(container, target);
                return ++attempts == 1 ? throw new InvalidOperationException("No such table.") : Task.FromResult(true);
            }),
            container);
        await Clock.AdvanceOverPauseAsync(Cancellation);
        await wait;
    }

    [Fact]
    public async Task Until_timed_out_carries_the_last_exception()
    {
        var cause = new InvalidOperationException("No such table.");
        Task wait = WaitAsync(Wait.Until("the schema to exist", (_, _) => throw cause), new FakeContainer());
        WaitTimeoutException timeout = await AssertTimesOutAsync(wait);
        Assert.Same(cause, timeout.InnerException);
        AssertSays("for the schema to exist. Last seen: No such table.", timeout);
    }

    [Fact]
    public async Task Until_may_give_up()
    {
        var gaveUp = new WaitFailedException("The licence has expired.");
        Assert.Same(gaveUp, await Assert.ThrowsAsync<WaitFailedException>(
            () => WaitAsync(Wait.Until("the licence", (_, _) => throw gaveUp), new FakeContainer())));
    }

    [Fact]
    public async Task Default_waits_for_every_published_port()
    {
        var container = new FakeContainer { PublishedPorts = [80, 443] };
        Task wait = WaitAsync(Wait.Default, container);
        container.OpenPort(80);
        Assert.False(wait.IsCompleted);
        container.OpenPort(443);
        await wait;
    }

    [Fact]
    public async Task Default_timed_out_names_the_port()
    {
        WaitTimeoutException timeout = await AssertTimesOutAsync(WaitAsync(Wait.Default, new FakeContainer { PublishedPorts = [6379] }));
        AssertSays("port 6379 to accept connections: nothing that listens", timeout);
    }

    [Fact]
    public async Task Default_without_published_ports_is_content_with_a_process_that_was_started()
    {
        var container = new FakeContainer();
        await WaitAsync(Wait.Default, container);
        container.Exit(new ProcessExit(0));
        await WaitAsync(Wait.Default, container);
    }

    [Fact]
    public async Task Every_strategy_ends_with_the_callers_cancellation()
    {
        foreach (WaitStrategy strategy in (WaitStrategy[])
        [
            Wait.ForPort(80), Wait.ForLogLine("x"), Wait.ForHttp(), Wait.ForExit(), Wait.ForCommand("false"), Wait.ForHealthy(),
            Wait.Until("never", (_, _) => Task.FromResult(false)), Wait.ForAll(Wait.ForPort(80), Wait.ForExit()),
            Wait.ForAny(Wait.ForPort(80), Wait.ForExit()), Wait.Default,
        ])
        {
            var container = new FakeContainer
            {
                PublishedPorts = [80],
                Healthcheck = new Healthcheck(["false"]),
                Run = (_, _) => Task.FromResult(new ExecResult(new ProcessExit(1), "", "")),
            };
            await AssertCancellableAsync(strategy, container);
        }
    }
}
