namespace Islet.Testing.Tests;

public sealed class ContainerLifetimeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Container_of_a_start_that_failed_throws_anew_each_time()
    {
        await using var fixture = new UnstartableFixture();
        await fixture.InitializeAsync(Token);
        var first = Assert.ThrowsAny<ContainerStartException>(() => fixture.Container);
        var second = Assert.ThrowsAny<ContainerStartException>(() => fixture.Container);
        Assert.NotSame(first, second);
        Assert.Equal("UnstartableFixture could not start its container: The image is missing.", first.Message);
        Assert.Same(UnstartableFixture.Reason, first.InnerException);
        Assert.Equal(first.Message, (await Assert.ThrowsAnyAsync<ContainerStartException>(() => fixture.ForkAsync(Token))).Message);
        Assert.Equal(first.Message, (await Assert.ThrowsAnyAsync<ContainerStartException>(() => fixture.ResetAsync(Token))).Message);
    }

    [Fact]
    public async Task InitializeAsync_of_many_at_once_starts_once()
    {
        object key = new();
        UnstartableFixture[] fixtures = [.. Enumerable.Range(0, 20).Select(_ => new UnstartableFixture(key))];
        await Task.WhenAll(fixtures.Select(fixture => Task.Run(() => fixture.InitializeAsync(Token), Token)));
        Assert.Equal(1, fixtures.Sum(fixture => fixture.Starts));
        Assert.All(fixtures, fixture => Assert.ThrowsAny<ContainerStartException>(() => fixture.Container));
    }

    [Fact]
    public async Task InitializeAsync_cancelled_leaves_the_start_to_the_others()
    {
        object key = new();
        var gate = new TaskCompletionSource();
        var patient = new UnstartableFixture(key) { Gate = gate.Task };
        var impatient = new UnstartableFixture(key) { Gate = gate.Task };
        using var giveUp = new CancellationTokenSource();

        Task waiting = patient.InitializeAsync(Token);
        Task leaving = impatient.InitializeAsync(giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);

        gate.SetResult();
        await waiting;
        Assert.ThrowsAny<ContainerStartException>(() => patient.Container);
    }

    [Fact]
    public async Task A_key_of_its_own_is_a_start_of_its_own()
    {
        UnstartableFixture first = new(), second = new();
        await first.InitializeAsync(Token);
        await second.InitializeAsync(Token);
        Assert.Equal((1, 1), (first.Starts, second.Starts));
    }

    [Fact]
    public void Container_before_the_start_says_who_starts_it()
    {
        var fixture = new UnstartableFixture();
        var error = Assert.Throws<InvalidOperationException>(() => fixture.Container);
        Assert.StartsWith("UnstartableFixture has not been started: let the test framework do it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_during_the_start_ends_it()
    {
        var fixture = new UnstartableFixture { Gate = Task.Delay(Timeout.Infinite, Token) };
        Task starting = fixture.InitializeAsync(Token);
        await fixture.DisposeAsync();
        await starting;
        Assert.ThrowsAny<ContainerStartException>(() => fixture.Container);
    }

    private sealed class UnstartableFixture(object? key = null) : ContainerLifetime<Container>, IContainerBuilder<Container>
    {
        public static readonly IsletException Reason = new("The image is missing.");

        private int _starts;

        public int Starts => _starts;

        public Task Gate { get; init; } = Task.CompletedTask;

        protected override object ReadyStateKey => key ?? this;

        public Task InitializeAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

        protected override IContainerBuilder<Container> Configure() => this;

        protected override Action<string> OpenLog() => _ => { };

        IContainerBuilder<Container> IContainerBuilder<Container>.WithWarmStart() => this;

        IContainerBuilder<Container> IContainerBuilder<Container>.WithCheckpoints() => this;

        async Task<Container> IContainerBuilder<Container>.StartAsync(ContainerRuntime runtime, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _starts);
            await Gate.WaitAsync(cancellationToken);
            throw Reason;
        }
    }
}
