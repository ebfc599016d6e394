namespace Islet.Testing;

public abstract partial class ContainerLifetime<TContainer>
{
    private readonly List<Fork> _forks = [];

    /// <summary>The id of the running test; <see langword="null"/> outside of a test.</summary>
    protected virtual string? TestId => null;

    /// <summary>
    /// Starts a copy of the container for one test, in the state in which it was ready and seeded. Changes that tests have made since then
    /// are not in it. Any number of copies may be started at the same time.
    /// </summary>
    /// <returns>
    /// The copy. Dispose it at the end of the test (<c>await using</c>); the fixture disposes it at its own end at the latest.
    /// </returns>
    /// <exception cref="ContainerStartException">The container could not be started in the first place.</exception>
    public async Task<TContainer> ForkAsync(CancellationToken cancellationToken = default)
    {
        _ = Owned();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        TContainer copy = await _ready!.ForkAsync(TokenOr(cancellationToken)).ConfigureAwait(false);
        var fork = new Fork(TestId, new OwnedContainer<TContainer>(copy, new ContainerOutput(copy, now, OpenLog())));
        lock (_lock)
        {
            _forks.RemoveAll(other => other.Owned.Container.State == ContainerState.Deleted);
            _forks.Add(fork);
        }

        return copy;
    }

    /// <summary>Ends the forks that a test has started and not disposed.</summary>
    /// <param name="of">The test's <see cref="TestId"/>; <see langword="null"/>: the forks of all tests.</param>
    protected async ValueTask DisposeForksAsync(string? of)
    {
        Fork[] ending;
        lock (_lock)
        {
            ending = [.. _forks.Where(fork => of is null || fork.TestId == of)];
            _forks.RemoveAll(ending.Contains);
        }

        await Task.WhenAll(ending.Select(fork => fork.Owned.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private sealed record Fork(string? TestId, OwnedContainer<TContainer> Owned);
}
