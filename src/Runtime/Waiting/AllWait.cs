namespace Islet;

/// <summary>
/// Waits until all of several strategies have come true. The first failure of one of them ends the wait. See <see cref="Wait.ForAll"/>.
/// </summary>
internal sealed record AllWait : CombinedWait
{
    internal AllWait(IReadOnlyList<WaitStrategy> strategies)
        : base(strategies)
    {
    }

    /// <inheritdoc/>
    public override string Description => string.Join(" and ", Strategies.Select(strategy => strategy.Description));

    /// <inheritdoc/>
    protected internal override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] waits = [.. Strategies.Select(strategy => context.WaitForAsync(strategy, stop.Token))];
        await foreach (Task ended in Task.WhenEach(waits).ConfigureAwait(false))
        {
            if (ended.IsCompletedSuccessfully)
                continue;

            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.ConfigureAwait(false);
        }
    }
}
