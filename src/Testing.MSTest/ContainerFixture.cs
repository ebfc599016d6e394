namespace Islet.Testing.MSTest;

/// <summary>
/// A container for the tests of a class (started in <see cref="ClassInitializeAttribute"/>) or of the assembly
/// (<see cref="AssemblyInitializeAttribute"/>).
/// </summary>
/// <remarks>
/// Classes with one fixture type can run in parallel: the container is started once, and each class has its own fork. A test that needs its
/// own container calls <see cref="ContainerLifetime{TContainer}.ForkAsync"/>.
/// </remarks>
/// <example><code>
/// public sealed class RedisFixture : ContainerFixture&lt;RedisContainer&gt;
/// {
///     protected override RedisBuilder Configure() => new("docker.io/library/redis:7");
/// }
///
/// [TestClass]
/// public sealed class CartTests
/// {
///     private static readonly RedisFixture s_redis = new();
///
///     [ClassInitialize] public static Task Start(TestContext context) => s_redis.InitializeAsync(context);
///     [ClassCleanup] public static async Task End() => await s_redis.DisposeAsync();
///
///     [TestMethod] public async Task A_cart_is_kept() { … s_redis.Container … }
/// }
/// </code></example>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
public abstract class ContainerFixture<TContainer> : ContainerLifetime<TContainer>
    where TContainer : Container
{
    private TestContext? _context;

    /// <summary>Starts the container. Call it where MSTest initializes the class or the assembly.</summary>
    /// <param name="context">Receives the container's output outside of a test.</param>
    public virtual Task InitializeAsync(TestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        return StartAsync(context.CancellationToken);
    }

    /// <inheritdoc/>
    protected override CancellationToken TestCancellation => CurrentTest.Context?.CancellationToken ?? CancellationToken.None;

    /// <inheritdoc/>
    protected override string? TestId => CurrentTest.Context?.TestName;

    /// <inheritdoc/>
    protected override Action<string> OpenLog() => (CurrentTest.Context ?? _context) is { } context ? context.WriteLine : _ => { };
}
