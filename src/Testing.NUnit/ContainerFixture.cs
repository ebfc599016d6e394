using NUnit.Framework;

namespace Islet.Testing.NUnit;

/// <summary>
/// A container for the tests of a class: derive the class from this, or derive a fixture and let <c>[ContainerFixture]</c> inject it. As
/// the base of a <see cref="SetUpFixtureAttribute"/> class it is a container for a namespace or the assembly.
/// </summary>
/// <remarks>
/// Classes with one fixture type can run in parallel: the container is started once, and each class has its own fork. A test that needs its
/// own container calls <see cref="ContainerLifetime{TContainer}.ForkAsync"/>; the fork ends with the test.
/// </remarks>
/// <example><code>
/// public sealed class RedisFixture : ContainerFixture&lt;RedisContainer&gt;
/// {
///     protected override RedisBuilder Configure() => new("docker.io/library/redis:7");
/// }
///
/// [ContainerFixture]
/// public sealed class CartTests(RedisFixture redis) { … redis.Container … }
/// </code></example>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
public abstract class ContainerFixture<TContainer> : ContainerLifetime<TContainer>, IContainerFixture
    where TContainer : Container
{
    /// <summary>Starts the container. NUnit calls it.</summary>
    [OneTimeSetUp]
    public virtual Task InitializeAsync() => StartAsync(TestCancellation);

    /// <summary>Ends the containers that the test has forked. NUnit calls it.</summary>
    [TearDown]
    public async Task EndTestAsync() => await DisposeForksAsync(TestContext.CurrentContext.Test.ID).ConfigureAwait(false);

    /// <inheritdoc/>
    [OneTimeTearDown]
    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override CancellationToken TestCancellation => TestContext.CurrentContext.CancellationToken;

    /// <inheritdoc/>
    protected override string? TestId => TestContext.CurrentContext.Test.ID;

    /// <inheritdoc/>
    protected override Action<string> OpenLog() => TestContext.Out.WriteLine;
}
