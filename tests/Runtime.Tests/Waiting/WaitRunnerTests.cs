using Islet.Waiting;

namespace Islet.Tests.Waiting;

public sealed class WaitRunnerTests : WaitTests
{
    [Fact]
    public async Task RunAsync_returns_when_the_strategy_has_come_true()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForPort(80), container);
        Assert.False(wait.IsCompleted);
        container.OpenPort(80);
        await wait;
    }

    [Fact]
    public async Task RunAsync_cancelled_by_the_caller_carries_the_callers_token() =>
        await AssertCancellableAsync(Wait.ForPort(80), new FakeContainer());

    [Fact]
    public async Task RunAsync_with_a_token_that_is_cancelled_already_throws()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WaitAsync(Wait.ForPort(80), new FakeContainer(), cancelled));
    }

    [Fact]
    public async Task RunAsync_after_the_start_timeout_tells_which_wait_how_long_and_what_was_seen()
    {
        WaitTimeoutException timeout = await AssertTimesOutAsync(WaitAsync(Wait.ForPort(5432), new FakeContainer()));

        Assert.Equal(StartTimeout, timeout.Waited);
        Assert.Equal("nothing that listens inside the container", timeout.LastSeen);
        Assert.Equal(
            "The container is not ready: waited 600 s for port 5432 to accept connections. "
            + "Last seen: nothing that listens inside the container. "
            + "The container's log may tell what it is busy with; if it only needs longer, allow a longer start timeout.",
            timeout.Message);
    }

    [Fact]
    public async Task RunAsync_after_a_strategys_own_timeout_names_that_one()
    {
        Task wait = WaitAsync(Wait.ForPort(80).WithTimeout(TimeSpan.FromMilliseconds(250)), new FakeContainer());
        Clock.Advance(TimeSpan.FromMilliseconds(250));
        WaitTimeoutException timeout = await Assert.ThrowsAsync<WaitTimeoutException>(() => wait);

        AssertSays("waited 250 ms for port 80", timeout);
        AssertSays("WithTimeout", timeout);
    }

    [Fact]
    public async Task RunAsync_with_an_own_timeout_beyond_the_start_timeout_ends_with_the_start_timeout()
    {
        Task wait = WaitAsync(Wait.ForPort(80).WithTimeout(StartTimeout * 2), new FakeContainer());
        AssertSays("start timeout", await AssertTimesOutAsync(wait));
    }

    [Fact]
    public async Task RunAsync_without_a_start_timeout_ends_with_the_own_timeout()
    {
        Task wait = WaitRunner.RunAsync(
            Wait.ForPort(80).WithTimeout(TimeSpan.FromSeconds(2)), new FakeContainer(), Timeout.InfiniteTimeSpan, Cancellation, Clock);
        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertSays("waited 2 s", await Assert.ThrowsAsync<WaitTimeoutException>(() => wait));
    }

    [Theory]
    [InlineData(1, 0, false, "The container exited with code 1 before it was ready: waited for port 80 to accept connections.")]
    [InlineData(139, 11, false, "The container was ended by SIGSEGV before it was ready")]
    [InlineData(137, 9, true, "The container was ended by SIGKILL for lack of memory before it was ready")]
    [InlineData(137, 9, true, "Give it more memory.")]
    [InlineData(0, 0, false, "Wait.ForExit()")]
    [InlineData(162, 34, false, "was ended by SIGRTMIN")]
    public async Task RunAsync_when_the_container_exits_tells_how(int exitCode, int signal, bool outOfMemory, string expected)
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForPort(80), container);
        var exit = new ProcessExit(exitCode, signal, outOfMemory);
        container.Exit(exit);

        WaitFailedException exited = await Assert.ThrowsAsync<WaitFailedException>(() => wait);
        Assert.Equal(exit, exited.Exit);
        AssertSays(expected, exited);
    }

    [Fact]
    public async Task RunAsync_on_a_container_that_has_exited_already_throws()
    {
        var container = new FakeContainer();
        container.Exit(new ProcessExit(127));
        await Assert.ThrowsAsync<WaitFailedException>(() => WaitAsync(Wait.ForPort(80), container));
    }

    [Fact]
    public async Task RunAsync_when_the_machine_crashes_passes_its_exception_on()
    {
        var crash = new IsletException("QEMU was killed by signal 9.");
        foreach (WaitStrategy strategy in (WaitStrategy[])
        [
            Wait.ForPort(80), Wait.ForLogLine("x"), Wait.ForExit(),
            Wait.ForAll(Wait.ForPort(80)), Wait.ForAny(Wait.ForPort(80), Wait.ForExit()),
        ])
        {
            var container = new FakeContainer();
            Task wait = WaitAsync(strategy, container);
            container.Crash(crash);
            Assert.Same(crash, await Assert.ThrowsAsync<IsletException>(() => wait));
        }
    }

    [Fact]
    public async Task RunAsync_whose_connection_breaks_because_the_container_exits_tells_of_the_exit()
    {
        var container = new FakeContainer();
        Task wait = WaitAsync(Wait.ForPort(80), container);
        container.BreakPort(80, new IOException("The channel is closed."));
        container.Exit(new ProcessExit(2));
        await Assert.ThrowsAsync<WaitFailedException>(() => wait);
    }

    [Fact]
    public async Task RunAsync_whose_connection_breaks_while_the_container_runs_has_failed()
    {
        var container = new FakeContainer();
        var broken = new IOException("The channel is closed.");
        container.BreakPort(80, broken);
        Task wait = WaitAsync(Wait.ForPort(80), container);
        await Clock.AdvanceOverExitGracePeriodAsync(Cancellation);

        WaitFailedException failed = await Assert.ThrowsAsync<WaitFailedException>(() => wait);
        Assert.Same(broken, failed.InnerException);
        AssertSays("port 80 to accept connections has failed: The channel is closed.", failed);
    }

    [Fact]
    public async Task RunAsync_does_not_wait_for_a_strategy_that_ignores_its_token() =>
        await AssertTimesOutAsync(WaitAsync(new DeafWait(), new FakeContainer()));

    [Fact]
    public async Task A_strategy_that_cancels_itself_has_failed()
    {
        Task wait = WaitAsync(new SelfCancellingWait(), new FakeContainer());
        await Clock.AdvanceOverExitGracePeriodAsync(Cancellation);
        await Assert.ThrowsAsync<WaitFailedException>(() => wait);
    }

    [Fact]
    public void WithTimeout_keeps_the_strategys_type_and_leaves_the_original_as_it_was()
    {
        CommandWait original = Wait.ForCommand("true");
        CommandWait changed = original.WithTimeout(TimeSpan.FromSeconds(3)).WithExitCode(4);
        Assert.Equal((TimeSpan.FromSeconds(3), 4), (changed.Timeout, changed.ExitCode));
        Assert.Equal((null, 0), (original.Timeout, original.ExitCode));
        Assert.Throws<ArgumentOutOfRangeException>(() => original.WithTimeout(TimeSpan.Zero));
    }

    private sealed record DeafWait : WaitStrategy
    {
        public override string Description => "something";

        protected internal override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) =>
            new TaskCompletionSource().Task;
    }

    private sealed record SelfCancellingWait : WaitStrategy
    {
        public override string Description => "something";

        protected internal override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) =>
            throw new TaskCanceledException("By mistake.");
    }
}
