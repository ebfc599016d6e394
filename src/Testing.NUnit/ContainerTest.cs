using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace Islet.Testing.NUnit;

/// <summary>
/// A test class in which every test has its own container. The container is started once; each test gets a fork of it, and the fork ends
/// with the test.
/// </summary>
/// <remarks>Each test runs in its own instance of the class, so that tests can run in parallel (<see cref="ParallelScope.All"/>).</remarks>
/// <example><code>
/// public sealed class CartTests : ContainerTest&lt;RedisContainer&gt;
/// {
///     protected override RedisBuilder Configure() => new("docker.io/library/redis:7");
///
///     [Test] public async Task A_cart_is_kept() { … Container … }
/// }
/// </code></example>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class ContainerTest<TContainer> : ContainerLifetime<TContainer>
    where TContainer : Container
{
    /// <summary>Starts the test's container. NUnit calls it.</summary>
    [SetUp]
    public virtual Task InitializeAsync() => StartAsync(TestCancellation);

    /// <summary>Ends the test's containers. If the test has failed, their evidence is written to its output. NUnit calls it.</summary>
    [TearDown]
    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
            WriteEvidence();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override CancellationToken TestCancellation => TestContext.CurrentContext.CancellationToken;

    /// <inheritdoc/>
    protected override string? TestId => TestContext.CurrentContext.Test.ID;

    /// <inheritdoc/>
    protected override Action<string> OpenLog() => TestContext.Out.WriteLine;
}
