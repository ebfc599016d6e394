using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Islet.Testing.Xunit;

/// <summary>
/// A container for the tests of a class (<see cref="IClassFixture{TFixture}"/>), of a collection
/// (<see cref="ICollectionFixture{TFixture}"/>) or of the assembly (<see cref="AssemblyFixtureAttribute"/>).
/// </summary>
/// <remarks>
/// Classes that use one fixture type as their class fixture can run in parallel: the container is started once, and each class has its own
/// fork. A test that needs its own container calls <see cref="ContainerLifetime{TContainer}.ForkAsync"/>.
/// </remarks>
/// <example><code>
/// public sealed class RedisFixture : ContainerFixture&lt;RedisContainer&gt;
/// {
///     protected override RedisBuilder Configure() => new("docker.io/library/redis:7");
/// }
///
/// public sealed class CartTests(RedisFixture redis) : IClassFixture&lt;RedisFixture&gt; { … redis.Container … }
/// </code></example>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
public abstract class ContainerFixture<TContainer> : ContainerLifetime<TContainer>, IAsyncLifetime
    where TContainer : Container
{
    private readonly IMessageSink? _messages;

    /// <summary>Creates a fixture. The container's output outside of a test becomes diagnostic messages.</summary>
    protected ContainerFixture()
    {
    }

    /// <summary>Creates a fixture.</summary>
    /// <param name="messageSink">Receives the container's output outside of a test, as diagnostic messages.</param>
    protected ContainerFixture(IMessageSink messageSink) => _messages = messageSink;

    /// <summary>Starts the container. xUnit calls it.</summary>
    public virtual async ValueTask InitializeAsync() => await StartAsync(TestCancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override CancellationToken TestCancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    protected override string? TestId => TestContext.Current.Test?.UniqueID;

    /// <inheritdoc/>
    protected override Action<string> OpenLog()
    {
        ITestContext context = TestContext.Current;
        if (context.TestOutputHelper is { } output)
            return output.WriteLine;
        if (_messages is { } messages)
            return line => messages.OnMessage(new DiagnosticMessage(line));
        return context.SendDiagnosticMessage;
    }
}
