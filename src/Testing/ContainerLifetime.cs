namespace Islet.Testing;

/// <summary>
/// From the start of a container until nothing of it is left, as the fixtures of every test framework need it. The fixtures derive from
/// this; a framework that has none yet can too.
/// </summary>
/// <remarks>
/// What <see cref="Configure"/> describes is started once in a process, however many fixtures of one type there are: the ready container is
/// frozen, the first fixture takes it, and every other one is a fork of it in a machine of its own. Forks are what classes that run
/// in parallel work on, and what <see cref="ForkAsync"/> gives to a single test.
/// </remarks>
/// <typeparam name="TContainer"><see cref="Container"/>, or a product's own type.</typeparam>
public abstract partial class ContainerLifetime<TContainer> : IAsyncDisposable
    where TContainer : class, IContainer<TContainer>
{
    private readonly Lock _lock = new();
    private ReadyContainer<TContainer>? _ready;
    private OwnedContainer<TContainer>? _owned;
    private Exception? _failure;

    /// <summary>The container, ready.</summary>
    /// <exception cref="ContainerStartException">It could not be started. Each access throws a new one, with the evidence.</exception>
    /// <exception cref="InvalidOperationException">It has not been started yet, or was disposed.</exception>
    public TContainer Container
    {
        get
        {
            OwnedContainer<TContainer> owned = Owned();
            owned.Output.Continue(OpenLog());
            return owned.Container;
        }
    }

    /// <summary>Describes the container. It is asked once for all fixtures with the same <see cref="ReadyStateKey"/>.</summary>
    /// <remarks>An override may name its builder as its type: <c>protected override ContainerBuilder Configure() =&gt; new("redis:7");</c></remarks>
    protected abstract IContainerBuilder<TContainer> Configure();

    /// <summary>
    /// Brings the container, which is ready, into the state that every test begins with: creates a schema, loads rows. It runs once for
    /// all fixtures with the same <see cref="ReadyStateKey"/>; forks and roll-backs begin after it. Default: nothing.
    /// </summary>
    /// <remarks>
    /// It runs in every test run. What need not, because it only changes with its scripts, is kept from run to run by
    /// <see cref="ContainerBuilder{TBuilder, TContainer}.WithStartupCallback"/> with a version.
    /// </remarks>
    /// <param name="container">The container. No client may stay connected to it.</param>
    /// <param name="cancellationToken">The test run ends.</param>
    protected virtual Task SeedAsync(TContainer container, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Whether the ready state is kept in the cache for later test runs, as by <see cref="ContainerBuilder{TBuilder, TContainer}.WithWarmStart"/>. Default: yes.
    /// </summary>
    protected virtual bool UsesWarmStart => true;

    /// <summary>
    /// Fixtures with equal keys begin in one ready state. Default: the fixture's type. Override it with <see langword="this"/> where
    /// <see cref="Configure"/> depends on the instance, or with a key of several types' own that describe the same container.
    /// </summary>
    protected virtual object ReadyStateKey => GetType();

    /// <summary>What the container is started with. Default: <see cref="ContainerRuntime.Default"/>.</summary>
    protected virtual ContainerRuntime Runtime => ContainerRuntime.Default;

    /// <summary>The cancellation of the test that runs now, for calls that were given none.</summary>
    protected virtual CancellationToken TestCancellation => CancellationToken.None;

    /// <summary>
    /// Where the container's lines go from now on: the log of the test that runs now; outside of a test, of what encloses it. It may be
    /// called when that test is over, and may then throw <see cref="InvalidOperationException"/>; the line goes where the first ones went.
    /// </summary>
    protected abstract Action<string> OpenLog();

    /// <summary>
    /// Starts the container, or takes a fork of the one that was started already. It fails only when it is cancelled; why else there is no
    /// container, <see cref="Container"/> tells those who need it. After <see cref="DisposeAsync"/> it can be called again, for a test
    /// that is repeated.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has been started and not disposed.</exception>
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
            _owned = new OwnedContainer<TContainer>(container, new ContainerOutput(container.Container, now, log));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // For the tests that need the container: a framework would fail the others too, or say it once and where nobody looks.
            _failure = exception;
        }
    }

    /// <summary>Rolls the container back, in place, to the state that every test begins with. Its ports stay the same.</summary>
    /// <remarks>Whoever is connected to it is disconnected.</remarks>
    /// <exception cref="ContainerStartException">It could not be started in the first place.</exception>
    public async Task ResetAsync(CancellationToken cancellationToken = default)
    {
        OwnedContainer<TContainer> owned = Owned();
        owned.Output.Continue(OpenLog());
        await _ready!.RollBackAsync(owned.Container, TokenOr(cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Ends the container and what was forked by <see cref="ForkAsync"/> and not disposed. Calling it again is harmless.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DisposeForksAsync(of: null).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _owned, null) is { } owned)
            await owned.DisposeAsync().ConfigureAwait(false);
        if (ReferenceEquals(ReadyStateKey, this))
            await ReadyContainers.RemoveAsync<TContainer>(this).ConfigureAwait(false);
    }

    /// <summary>Writes to the log how the container was started and what its machine's console says last: for a test that has failed.</summary>
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
            throw new ContainerStartException(GetType(), failure);

        return _owned ?? throw new InvalidOperationException(_ready is null
            ? $"{GetType().Name} has not been started: let the test framework do it, as the README of Islet's package for it shows."
            : $"{GetType().Name} was disposed, and its container with it.");
    }

    private CancellationToken TokenOr(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? cancellationToken : TestCancellation;
}
