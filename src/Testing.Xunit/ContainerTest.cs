using Xunit;

namespace Islet.Testing.Xunit;

/// <summary>
/// A test class in which every test has its own container. The container is started once; each test gets a fork of it, and the fork ends
/// with the test.
/// </summary>
/// <example><code>
/// public sealed class CartTests(ITestOutputHelper output) : ContainerTest&lt;RedisContainer&gt;(output)
/// {
///     protected override RedisBuilder Configure() => new("docker.io/library/redis:7");
///
///     [Fact] public async Task A_cart_is_kept() { … Container … }
/// }
/// </code></example>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
public abstract class ContainerTest<TContainer> : ContainerLifetime<TContainer>, IAsyncLifetime
    where TContainer : Container
{
    private readonly ITestOutputHelper? _output;

    /// <summary>Creates the instance for a test.</summary>
    /// <param name="output">Receives the container's output. Default: the output of the running test.</param>
    protected ContainerTest(ITestOutputHelper? output = null) => _output = output ?? TestContext.Current.TestOutputHelper;

    /// <summary>Starts the test's container. xUnit calls it.</summary>
    public virtual async ValueTask InitializeAsync() => await StartAsync(TestCancellation).ConfigureAwait(false);

    /// <summary>Ends the test's containers. If the test has failed, their evidence is written to its output. xUnit calls it.</summary>
    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
            WriteEvidence();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override CancellationToken TestCancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    protected override string? TestId => TestContext.Current.Test?.UniqueID;

    /// <inheritdoc/>
    protected override Action<string> OpenLog() => _output is { } output ? output.WriteLine : _ => { };
}
