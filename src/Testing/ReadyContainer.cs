namespace Islet.Testing;

/// <summary>
/// A container that is started once, when it is first needed, and frozen when it is ready. Whoever takes it first gets the container that
/// was started; all others get forks.
/// </summary>
internal sealed class ReadyContainer<TContainer> : IAsyncDisposable
    where TContainer : class, IContainer<TContainer>
{
    private readonly Func<IContainerBuilder<TContainer>> _configure;
    private readonly Func<TContainer, CancellationToken, Task>? _seed;
    private readonly bool _isWarm;
    private readonly ContainerRuntime _runtime;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ended = new();
    private Task<Frozen>? _start;
    private TContainer? _original;

    /// <param name="configure">Describes it.</param>
    /// <param name="seed">What is done with it before it is frozen.</param>
    /// <param name="isWarm">Whether the state before the seed is kept in the cache.</param>
    /// <param name="runtime">What it is started with.</param>
    public ReadyContainer(
        Func<IContainerBuilder<TContainer>> configure, Func<TContainer, CancellationToken, Task>? seed, bool isWarm, ContainerRuntime runtime)
    {
        _configure = configure;
        _seed = seed;
        _isWarm = isWarm;
        _runtime = runtime;
    }

    /// <summary>The container that was started, for whoever comes first; else a fork.</summary>
    /// <param name="cancellationToken">Ends the wait. The start goes on for those who also wait for it.</param>
    public async Task<TContainer> TakeAsync(CancellationToken cancellationToken)
    {
        Frozen frozen = await StartedAsync(cancellationToken).ConfigureAwait(false);
        return Interlocked.Exchange(ref _original, null) ?? await frozen.ForkAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a container in the frozen state.</summary>
    public async Task<TContainer> ForkAsync(CancellationToken cancellationToken)
    {
        Frozen frozen = await StartedAsync(cancellationToken).ConfigureAwait(false);
        return await frozen.ForkAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls a container that was taken from here back to the frozen state.</summary>
    public async Task RollBackAsync(TContainer container, CancellationToken cancellationToken)
    {
        Frozen frozen = await StartedAsync(cancellationToken).ConfigureAwait(false);
        await container.Container.RestoreAsync(frozen.State, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the frozen state, and the container if nobody has taken it. Those who took one keep it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        Task<Frozen>? start;
        lock (_lock)
            start = _start;
        if (start is null)
            return;

        await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (start.IsCompletedSuccessfully)
            await start.Result.State.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _original, null) is { } original)
            await original.DisposeAsync().ConfigureAwait(false);
    }

    private Task<Frozen> StartedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended.IsCancellationRequested, this);
            _start ??= Task.Run(StartAsync, CancellationToken.None);
            return _start.WaitAsync(cancellationToken);
        }
    }

    private async Task<Frozen> StartAsync()
    {
        IContainerBuilder<TContainer> builder = _configure();
        if (_isWarm)
            builder = builder.WithWarmStart();
        if (_seed is not null || !_isWarm)
            builder = builder.WithCheckpoints();

        TContainer container = await builder.StartAsync(_runtime, _ended.Token).ConfigureAwait(false);
        try
        {
            if (_seed is not null)
                await _seed(container, _ended.Token).ConfigureAwait(false);
            var frozen = new Frozen(container, await FreezeAsync(container.Container).ConfigureAwait(false));
            _original = container;
            return frozen;
        }
        catch
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // What a warm start gives stands on a frozen state already.
    private async Task<Checkpoint> FreezeAsync(Container container) =>
        (_seed is null ? await container.OpenFoundationAsync(_ended.Token).ConfigureAwait(false) : null)
        ?? await container.CheckpointAsync(_ended.Token).ConfigureAwait(false);

    private sealed record Frozen(TContainer Original, Checkpoint State)
    {
        public async Task<TContainer> ForkAsync(CancellationToken cancellationToken) =>
            Original.WithContainer(await State.StartAsync(cancellationToken).ConfigureAwait(false));
    }
}
