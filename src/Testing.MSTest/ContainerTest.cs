namespace Islet.Testing.MSTest;

/// <summary>
/// A test class in which every test has its own container. The container is started once; each test gets a fork of it, and the fork ends
/// with the test.
/// </summary>
/// <example><code>
/// [TestClass]
/// public sealed class CartTests : ContainerTest&lt;RedisContainer&gt;
/// {
///     protected override RedisBuilder Configure() => new("docker.io/library/redis:7");
///
///     [TestMethod] public async Task A_cart_is_kept() { … Container … }
/// }
/// </code></example>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
public abstract class ContainerTest<TContainer> : ContainerLifetime<TContainer>
    where TContainer : Container
{
    /// <summary>The context of the running test. MSTest sets it.</summary>
    public TestContext TestContext { get; set; } = null!;

    /// <summary>Starts the test's container. MSTest calls it.</summary>
    [TestInitialize]
    public virtual Task InitializeAsync() => StartAsync(TestCancellation);

    /// <summary>Ends the test's containers. If the test has failed, their evidence is written to its output. MSTest calls it.</summary>
    [TestCleanup]
    public async Task EndTestAsync()
    {
        if (TestContext.CurrentTestOutcome is UnitTestOutcome.Failed or UnitTestOutcome.Error or UnitTestOutcome.Timeout)
            WriteEvidence();
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override CancellationToken TestCancellation => TestContext.CancellationToken;

    /// <inheritdoc/>
    protected override string? TestId => TestContext.TestName;

    /// <inheritdoc/>
    protected override Action<string> OpenLog() => TestContext.WriteLine;
}
