namespace Islet.Testing;

/// <summary>
/// The life of a container from its start until nothing of it is left, as the fixtures of every test framework need it. The fixtures derive
/// from this class; a fixture for another framework can too.
/// </summary>
/// <remarks>
/// The container that <see cref="Configure"/> describes is started once in a process, however many fixtures of one type there are. A
/// checkpoint of the ready container is taken. The first fixture takes the container, and every other one gets a fork of it in another
/// machine. Classes that run in parallel work on forks, and <see cref="ForkAsync"/> gives one to a single test.
/// </remarks>
/// <typeparam name="TContainer">The type of the container: <see cref="Container"/>, or that of a product.</typeparam>
public abstract partial class ContainerLifetime<TContainer> : IAsyncDisposable
    where TContainer : Container
{
    private readonly Lock _lock = new();
    private ReadyContainer<TContainer>? _ready;
    private OwnedContainer<TContainer>? _owned;
    private Exception? _failure;

    /// <summary>The ready container.</summary>
    /// <exception cref="ContainerStartException">
    /// The container could not be started. Each access throws a new exception, with the evidence.
    /// </exception>
    /// <exception cref="InvalidOperationException">The container has not been started yet, or was disposed.</exception>
    public TContainer Container
    {
        get
        {
            OwnedContainer<TContainer> owned = Owned();
            owned.Output.Continue(OpenLog());
            return owned.Container;
        }
    }

    /// <summary>Describes the container. It is called once for all fixtures with the same <see cref="ReadyStateKey"/>.</summary>
    /// <remarks>
    /// An override may return its builder's type: <c>protected override ContainerBuilder Configure() =&gt; new("redis:7");</c>
    /// </remarks>
    protected abstract IContainerBuilder<TContainer> Configure();

    /// <summary>
    /// Brings the ready container into the state in which every test begins: creates a schema, loads rows. It runs once for all fixtures
    /// with the same <see cref="ReadyStateKey"/>; forks and roll-backs start from its result. Default: nothing.
    /// </summary>
    /// <remarks>
    /// It runs in every test run. Work that need not, because it changes only with its scripts, belongs into
    /// <see cref="ContainerBuilder{TBuilder, TContainer}.WithStartupCallback"/> with a version, which keeps its result from run to run.
    /// </remarks>
    /// <param name="container">The container. No client may stay connected to it.</param>
    /// <param name="cancellationToken">Cancelled when the test run ends.</param>
    protected virtual Task SeedAsync(TContainer container, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Whether the ready state is kept in the cache for later test runs, as by
    /// <see cref="ContainerBuilder{TBuilder, TContainer}.WithWarmStart"/>. Default: yes.
    /// </summary>
    protected virtual bool UsesWarmStart => true;

    /// <summary>
    /// The key of the ready state: fixtures with equal keys begin in the same state. Default: the fixture's type. Override it with
    /// <see langword="this"/> where <see cref="Configure"/> depends on the instance. Several types that describe the same container can
    /// share a key.
    /// </summary>
    protected virtual object ReadyStateKey => GetType();

    /// <summary>The runtime that starts the container. Default: <see cref="ContainerRuntime.Default"/>.</summary>
    protected virtual ContainerRuntime Runtime => ContainerRuntime.Default;

    /// <summary>The cancellation of the running test, for calls that were given no token.</summary>
    protected virtual CancellationToken TestCancellation => CancellationToken.None;

    /// <summary>
    /// Returns the log for the container's lines from now on: that of the running test or, outside of a test, that of the enclosing scope.
    /// It may be called after that test has ended, and may then throw <see cref="InvalidOperationException"/>; the line then goes to the
    /// log of the first lines.
    /// </summary>
    protected abstract Action<string> OpenLog();

    /// <summary>
    /// Starts the container, or takes a fork of the one that was started already. It fails only when it is cancelled. Any other reason why
    /// there is no container is thrown by <see cref="Container"/>, to the tests that need it. After <see cref="DisposeAsync"/> it can be
    /// called again, for a test that is repeated.
    /// </summary>
    /// <exception cref="InvalidOperationException">The container has been started and not disposed.</exception>
    protected async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_owned is not null)
            throw new InvalidOperationException($"{GetType().Name} has been started already.");

        _failure = null;
        _ready = ReadyContainers.GetOrAdd(ReadyStateKey, CreateReady);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Action<string> log = OpenLog();
        try
        {
            TContainer container = await _ready.TakeAsync(cancellationToken).ConfigureAwait(false);
            _owned = new OwnedContainer<TContainer>(container, new ContainerOutput(container, now, log));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Kept for the tests that need the container: a framework would fail the others too, or report it only once, where users do not
            // look.
            _failure = exception;
        }
    }

    /// <summary>Rolls the container back, in place, to the state in which every test begins. Its ports stay the same.</summary>
    /// <remarks>Connected clients are disconnected.</remarks>
    /// <exception cref="ContainerStartException">The container could not be started in the first place.</exception>
    public async Task ResetAsync(CancellationToken cancellationToken = default)
    {
        OwnedContainer<TContainer> owned = Owned();
        owned.Output.Continue(OpenLog());
        await _ready!.RollBackAsync(owned.Container, TokenOr(cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the container and the forks made by <see cref="ForkAsync"/> that are not disposed. Calling it again is harmless.
    /// </summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DisposeForksAsync(of: null).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _owned, null) is { } owned)
            await owned.DisposeAsync().ConfigureAwait(false);
        if (ReferenceEquals(ReadyStateKey, this))
            await ReadyContainers.RemoveAsync<TContainer>(this).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes to the log how the container was started, and the last lines of its machine's console: for a test that has failed.
    /// </summary>
    protected void WriteEvidence()
    {
        if (_owned is not { } owned)
            return;

        owned.Output.Continue(OpenLog());
        owned.Output.WriteEvidence();
    }

    private ReadyContainer<TContainer> CreateReady()
    {
        Func<TContainer, CancellationToken, Task> seed = SeedAsync;
        return new ReadyContainer<TContainer>(
            Configure, seed.Method.DeclaringType == typeof(ContainerLifetime<TContainer>) ? null : seed, UsesWarmStart, Runtime);
    }

    private OwnedContainer<TContainer> Owned()
    {
        if (_failure is { } failure)
            throw new FixtureStartException(GetType(), failure);

        return _owned ?? throw new InvalidOperationException(_ready is null
            ? $"{GetType().Name} has not been started: let the test framework do it, as the README of Islet's package for it shows."
            : $"{GetType().Name} was disposed, and its container with it.");
    }

    private CancellationToken TokenOr(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? cancellationToken : TestCancellation;
}
