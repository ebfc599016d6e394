using System.Globalization;

namespace Islet;

/// <summary>
/// Waits until all of several strategies have come true. The first failure of one of them ends the wait. See <see cref="Wait.ForAll"/>.
/// </summary>
public sealed record AllWait : WaitStrategy
{
    internal AllWait(IReadOnlyList<WaitStrategy> strategies)
    {
        if (strategies.Count == 0)
            throw new ArgumentException("At least one strategy is needed.", nameof(strategies));
        Strategies = strategies;
    }

    /// <summary>The strategies; they are waited for at the same time.</summary>
    public IReadOnlyList<WaitStrategy> Strategies { get; }

    /// <inheritdoc/>
    public override string Description => string.Join(" and ", Strategies.Select(strategy => strategy.Description));

    /// <inheritdoc/>
    protected internal override IReadOnlyList<string> Distinction =>
        [Description, .. Strategies.SelectMany(strategy => strategy.Distinction.Prepend(strategy.Distinction.Count.ToString(CultureInfo.InvariantCulture)))];

    /// <summary>Whether this can come true after the exit: yes, since each of the strategies decides that itself.</summary>
    protected internal override bool OutlivesContainer => true;

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
