namespace Islet.Testing;

/// <summary>
/// A container that is started once, when it is first needed, and of which a checkpoint is taken when it is ready. The first caller gets
/// the container that was started; all others get forks.
/// </summary>
internal sealed class ReadyContainer<TContainer> : IAsyncDisposable
    where TContainer : Container
{
    private readonly Func<IContainerBuilder<TContainer>> _configure;
    private readonly Func<TContainer, CancellationToken, Task>? _seed;
    private readonly bool _isWarm;
    private readonly ContainerRuntime _runtime;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ended = new();
    private Task<Checkpoint>? _start;
    private TContainer? _original;

    /// <param name="configure">Describes the container.</param>
    /// <param name="seed">Prepares the container before the checkpoint is taken.</param>
    /// <param name="isWarm">Whether the state before the seed is kept in the cache.</param>
    /// <param name="runtime">The runtime that starts the container.</param>
    public ReadyContainer(
        Func<IContainerBuilder<TContainer>> configure, Func<TContainer, CancellationToken, Task>? seed, bool isWarm,
        ContainerRuntime runtime)
    {
        _configure = configure;
        _seed = seed;
        _isWarm = isWarm;
        _runtime = runtime;
    }

    /// <summary>Returns the container that was started to the first caller, and a fork to each later one.</summary>
    /// <param name="cancellationToken">Ends the wait. The start continues for other callers that wait for it.</param>
    public async Task<TContainer> TakeAsync(CancellationToken cancellationToken)
    {
        Checkpoint ready = await StartedAsync(cancellationToken).ConfigureAwait(false);
        return Interlocked.Exchange(ref _original, null) ?? await ready.ForkAsync<TContainer>(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a container from the checkpoint.</summary>
    public async Task<TContainer> ForkAsync(CancellationToken cancellationToken)
    {
        Checkpoint ready = await StartedAsync(cancellationToken).ConfigureAwait(false);
        return await ready.ForkAsync<TContainer>(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls a container that was taken from here back to the checkpoint.</summary>
    public async Task RollBackAsync(TContainer container, CancellationToken cancellationToken)
    {
        Checkpoint ready = await StartedAsync(cancellationToken).ConfigureAwait(false);
        await container.RollBackAsync(ready, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the checkpoint, and the container if no caller has taken it. Callers that took one keep it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        Task<Checkpoint>? start;
        lock (_lock)
            start = _start;
        if (start is null)
            return;

        await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (start.IsCompletedSuccessfully)
            await start.Result.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _original, null) is { } original)
            await original.DisposeAsync().ConfigureAwait(false);
    }

    private Task<Checkpoint> StartedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended.IsCancellationRequested, this);
            _start ??= Task.Run(StartAsync, CancellationToken.None);
            return _start.WaitAsync(cancellationToken);
        }
    }

    private async Task<Checkpoint> StartAsync()
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
            Checkpoint ready = await CheckpointOfAsync(container).ConfigureAwait(false);
            _original = container;
            return ready;
        }
        catch
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // A container from a warm start is already based on a snapshot.
    private async Task<Checkpoint> CheckpointOfAsync(Container container) =>
        (_seed is null ? await container.OpenBaseAsync(_ended.Token).ConfigureAwait(false) : null)
        ?? await container.CheckpointAsync(_ended.Token).ConfigureAwait(false);
}
