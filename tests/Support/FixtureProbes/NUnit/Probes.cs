[assembly: Parallelizable(ParallelScope.All)]
[assembly: LevelOfParallelism(3)]

namespace Islet.Testing.Probes;

public abstract class ClassFixtureProbe(IdleFixture idle)
{
    // Read in the constructor: the container exists before the instance of the class does.
    private readonly Container _container = idle.Container;

    private static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    [Test]
    public async Task The_class_has_a_container_of_its_own()
    {
        string name = GetType().Name;
        await _container.MarkAsync(name, Token);
        Assert.That(await _container.MarksAsync(Token), Is.EqualTo($"{name} seed"));
    }
}

[ContainerFixture]
public sealed class FirstClass(IdleFixture idle) : ClassFixtureProbe(idle);

[ContainerFixture]
public sealed class SecondClass(IdleFixture idle) : ClassFixtureProbe(idle);

// The other way to get a container for the class: to be its fixture.
[NonParallelizable]
public sealed class Sharing : ContainerFixture<Container>
{
    private static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    protected override object ReadyStateKey => typeof(IdleFixture);

    protected override ContainerBuilder Configure()
    {
        Idle.Record("configured IdleFixture");
        return Idle.Builder;
    }

    protected override Task SeedAsync(Container container, CancellationToken cancellationToken)
    {
        Idle.Record("seeded IdleFixture");
        return container.MarkAsync("seed", cancellationToken);
    }

    [Test]
    public async Task A_reset_takes_back_what_was_done()
    {
        await Container.MarkAsync("done", Token);
        await ResetAsync(Token);
        Assert.That(await Container.MarksAsync(Token), Is.EqualTo("seed"));
    }

    [Test]
    public async Task Forks_begin_ready_and_are_apart()
    {
        await Container.MarkAsync("of-the-fixture", Token);
        Container[] forks = await Task.WhenAll(ForkAsync(Token), ForkAsync(Token));
        await forks[0].MarkAsync("of-a-fork", Token);
        Assert.That(await forks[0].MarksAsync(Token), Is.EqualTo("of-a-fork seed"));
        Assert.That(await forks[1].MarksAsync(Token), Is.EqualTo("seed"));
        Assert.That(await Container.MarksAsync(Token), Does.Not.Contain("of-a-fork"));
    }

    [Test]
    public async Task A_fork_writes_to_the_output_of_its_test()
    {
        Container fork = await ForkAsync(Token);
        await fork.SayAsync("hello-from-a-fork", Token);
    }

    [Test]
    public Task The_container_writes_to_the_output_of_the_test_that_uses_it() => Container.SayAsync("hello-from-the-fixture", Token);
}

public sealed class PerTest : ContainerTest<Container>
{
    private static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    protected override ContainerBuilder Configure() => Idle.Builder;

    [Test]
    public async Task Each_test_has_a_container_of_its_own_1()
    {
        await Container.MarkAsync("first", Token);
        Assert.That(await Container.MarksAsync(Token), Is.EqualTo("first"));
    }

    [Test]
    public async Task Each_test_has_a_container_of_its_own_2()
    {
        await Container.MarkAsync("second", Token);
        Assert.That(await Container.MarksAsync(Token), Is.EqualTo("second"));
    }

    [Test]
    public async Task A_failed_test_has_the_evidence_in_its_output()
    {
        await Container.SayAsync("hello-before-the-failure", Token);
        Assert.Fail("as it should");
    }
}

[ContainerFixture]
public sealed class BrokenStart(BrokenFixture broken)
{
    [Test]
    public void A_test_that_needs_it_fails_1() => Assert.Fail("it has a container: " + broken.Container);

    [Test]
    public void A_test_that_needs_it_fails_2() => Assert.Fail("it has a container: " + broken.Container);

    [Test]
    public void A_test_that_does_not_need_it_passes() => Assert.That(broken, Is.Not.Null);
}

[ContainerFixture]
public sealed class BrokenStartAgain(BrokenFixture broken)
{
    [Test]
    public Task A_test_that_needs_it_fails_3() => broken.ForkAsync(TestContext.CurrentContext.CancellationToken);
}

[ContainerFixture]
public sealed class NotInjectable(string text)
{
    [Test]
    public void A_class_that_can_not_be_made_fails_with_the_reason() => Assert.Fail(text);
}

[ContainerFixture, RequiresVirtualMachine]
public sealed class Requirement(IdleFixture idle)
{
    [Test]
    public void It_runs_where_a_machine_can() => Assert.That(idle.Container.State, Is.EqualTo(ContainerState.Running));
}
