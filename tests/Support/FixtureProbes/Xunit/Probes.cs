namespace Islet.Testing.Probes;

public abstract class ClassFixtureProbe(IdleFixture idle) : IClassFixture<IdleFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_class_has_a_container_of_its_own()
    {
        string name = GetType().Name;
        await idle.Container.MarkAsync(name, Token);
        Assert.Equal($"{name} seed", await idle.Container.MarksAsync(Token));
    }
}

public sealed class FirstClass(IdleFixture idle) : ClassFixtureProbe(idle);

public sealed class SecondClass(IdleFixture idle) : ClassFixtureProbe(idle);

public sealed class Sharing(IdleFixture idle) : IClassFixture<IdleFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reset_takes_back_what_was_done()
    {
        await idle.Container.MarkAsync("done", Token);
        await idle.ResetAsync(Token);
        Assert.Equal("seed", await idle.Container.MarksAsync(Token));
    }

    [Fact]
    public async Task Forks_begin_ready_and_are_apart()
    {
        await idle.Container.MarkAsync("of-the-fixture", Token);
        Container[] forks = await Task.WhenAll(idle.ForkAsync(Token), idle.ForkAsync(Token));
        await forks[0].MarkAsync("of-a-fork", Token);
        Assert.Equal("of-a-fork seed", await forks[0].MarksAsync(Token));
        Assert.Equal("seed", await forks[1].MarksAsync(Token));
        Assert.DoesNotContain("of-a-fork", await idle.Container.MarksAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_writes_to_the_output_of_its_test()
    {
        await using Container fork = await idle.ForkAsync(Token);
        await fork.SayAsync("hello-from-a-fork", Token);
    }

    [Fact]
    public Task The_container_writes_to_the_output_of_the_test_that_uses_it() => idle.Container.SayAsync("hello-from-the-fixture", Token);
}

public sealed class PerTest(ITestOutputHelper output) : ContainerTest<Container>(output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected override ContainerBuilder Configure() => Idle.Builder;

    [Fact]
    public async Task Each_test_has_a_container_of_its_own_1()
    {
        await Container.MarkAsync("first", Token);
        Assert.Equal("first", await Container.MarksAsync(Token));
    }

    [Fact]
    public async Task Each_test_has_a_container_of_its_own_2()
    {
        await Container.MarkAsync("second", Token);
        Assert.Equal("second", await Container.MarksAsync(Token));
    }

    [Fact]
    public async Task A_failed_test_has_the_evidence_in_its_output()
    {
        await Container.SayAsync("hello-before-the-failure", Token);
        Assert.Fail("as it should");
    }
}

public sealed class BrokenStart(BrokenFixture broken) : IClassFixture<BrokenFixture>
{
    [Fact]
    public void A_test_that_needs_it_fails_1() => Assert.Fail("it has a container: " + broken.Container);

    [Fact]
    public void A_test_that_needs_it_fails_2() => Assert.Fail("it has a container: " + broken.Container);

    [Fact]
    public void A_test_that_does_not_need_it_passes() => Assert.NotNull(broken);
}

public sealed class BrokenStartAgain(BrokenFixture broken) : IClassFixture<BrokenFixture>
{
    [Fact]
    public Task A_test_that_needs_it_fails_3() => broken.ForkAsync(TestContext.Current.CancellationToken);
}

[RequiresVirtualMachine]
public sealed class Requirement(IdleFixture idle) : IClassFixture<IdleFixture>
{
    [Fact]
    public void It_runs_where_a_machine_can() => Assert.Equal(ContainerState.Running, idle.Container.State);
}
