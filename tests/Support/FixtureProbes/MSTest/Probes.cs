[assembly: Parallelize(Scope = ExecutionScope.ClassLevel, Workers = 3)]

namespace Islet.Testing.Probes;

[TestClass]
public sealed class FirstClass
{
    private static readonly IdleFixture s_idle = new();

    public required TestContext TestContext { get; init; }

    [ClassInitialize]
    public static Task Start(TestContext context) => s_idle.InitializeAsync(context);

    [ClassCleanup]
    public static async Task End() => await s_idle.DisposeAsync();

    [TestMethod]
    public async Task The_class_has_a_container_of_its_own()
    {
        await s_idle.Container.MarkAsync(nameof(FirstClass), TestContext.CancellationToken);
        Assert.AreEqual("FirstClass seed", await s_idle.Container.MarksAsync(TestContext.CancellationToken));
    }
}

[TestClass]
public sealed class SecondClass
{
    private static readonly IdleFixture s_idle = new();

    public required TestContext TestContext { get; init; }

    [ClassInitialize]
    public static Task Start(TestContext context) => s_idle.InitializeAsync(context);

    [ClassCleanup]
    public static async Task End() => await s_idle.DisposeAsync();

    [TestMethod]
    public async Task The_class_has_a_container_of_its_own()
    {
        await s_idle.Container.MarkAsync(nameof(SecondClass), TestContext.CancellationToken);
        Assert.AreEqual("SecondClass seed", await s_idle.Container.MarksAsync(TestContext.CancellationToken));
    }
}

// A fixture for the whole assembly.
[TestClass]
public sealed class Sharing
{
    private static readonly IdleFixture s_idle = new();

    public required TestContext TestContext { get; init; }

    private CancellationToken Token => TestContext.CancellationToken;

    [AssemblyInitialize]
    public static Task Start(TestContext context) => s_idle.InitializeAsync(context);

    [AssemblyCleanup]
    public static async Task End() => await s_idle.DisposeAsync();

    [TestMethod]
    public async Task A_reset_takes_back_what_was_done()
    {
        await s_idle.Container.MarkAsync("done", Token);
        await s_idle.ResetAsync(Token);
        Assert.AreEqual("seed", await s_idle.Container.MarksAsync(Token));
    }

    [TestMethod]
    public async Task Forks_begin_ready_and_are_apart()
    {
        await s_idle.Container.MarkAsync("of-the-fixture", Token);
        Container[] forks = await Task.WhenAll(s_idle.ForkAsync(Token), s_idle.ForkAsync(Token));
        await forks[0].MarkAsync("of-a-fork", Token);
        Assert.AreEqual("of-a-fork seed", await forks[0].MarksAsync(Token));
        Assert.AreEqual("seed", await forks[1].MarksAsync(Token));
        Assert.DoesNotContain("of-a-fork", await s_idle.Container.MarksAsync(Token));
    }

    [TestMethod]
    public async Task A_fork_writes_to_the_output_of_its_test()
    {
        await using Container fork = await s_idle.ForkAsync(Token);
        await fork.SayAsync("hello-from-a-fork", Token);
    }

    [TestMethod]
    public Task The_container_writes_to_the_output_of_the_test_that_uses_it() => s_idle.Container.SayAsync("hello-from-the-fixture", Token);
}

[TestClass]
public sealed class PerTest : ContainerTest<Container>
{
    private CancellationToken Token => TestContext.CancellationToken;

    protected override ContainerBuilder Configure() => Idle.Builder;

    [TestMethod]
    public async Task Each_test_has_a_container_of_its_own_1()
    {
        await Container.MarkAsync("first", Token);
        Assert.AreEqual("first", await Container.MarksAsync(Token));
    }

    [TestMethod]
    public async Task Each_test_has_a_container_of_its_own_2()
    {
        await Container.MarkAsync("second", Token);
        Assert.AreEqual("second", await Container.MarksAsync(Token));
    }

    [TestMethod]
    public async Task A_failed_test_has_the_evidence_in_its_output()
    {
        await Container.SayAsync("hello-before-the-failure", Token);
        Assert.Fail("as it should");
    }
}

[TestClass]
public sealed class BrokenStart
{
    private static readonly BrokenFixture s_broken = new();

    [ClassInitialize]
    public static Task Start(TestContext context) => s_broken.InitializeAsync(context);

    [ClassCleanup]
    public static async Task End() => await s_broken.DisposeAsync();

    [TestMethod]
    public void A_test_that_needs_it_fails_1() => Assert.Fail("it has a container: " + s_broken.Container);

    [TestMethod]
    public void A_test_that_needs_it_fails_2() => Assert.Fail("it has a container: " + s_broken.Container);

    [TestMethod]
    public void A_test_that_does_not_need_it_passes() => Assert.IsNotNull(s_broken);
}

[TestClass]
public sealed class BrokenStartAgain
{
    private static readonly BrokenFixture s_broken = new();

    public required TestContext TestContext { get; init; }

    [ClassInitialize]
    public static Task Start(TestContext context) => s_broken.InitializeAsync(context);

    [ClassCleanup]
    public static async Task End() => await s_broken.DisposeAsync();

    [TestMethod]
    public Task A_test_that_needs_it_fails_3() => s_broken.ForkAsync(TestContext.CancellationToken);
}

[TestClass, RequiresVirtualMachine]
public sealed class Requirement : ContainerTest<Container>
{
    protected override bool UsesWarmStart => false;

    protected override ContainerBuilder Configure() => Idle.Builder;

    [TestMethod]
    public void It_runs_where_a_machine_can() => Assert.AreEqual(ContainerState.Running, Container.State);
}
