using System.Globalization;

namespace Islet;

/// <summary>Waits for several strategies at the same time: see <see cref="AllWait"/> and <see cref="AnyWait"/>.</summary>
internal abstract record CombinedWait : WaitStrategy
{
    private protected CombinedWait(IReadOnlyList<WaitStrategy> strategies)
    {
        if (strategies.Count == 0)
            throw new ArgumentException("At least one strategy is needed.", nameof(strategies));
        Strategies = strategies;
    }

    /// <summary>The strategies; they are waited for at the same time.</summary>
    public IReadOnlyList<WaitStrategy> Strategies { get; }

    /// <inheritdoc/>
    protected internal sealed override IReadOnlyList<string> CacheKeyParts =>
        [Description, .. Strategies.SelectMany(
            strategy => strategy.CacheKeyParts.Prepend(strategy.CacheKeyParts.Count.ToString(CultureInfo.InvariantCulture)))];

    /// <summary>Whether this can come true after the exit: yes, since each of the strategies decides that itself.</summary>
    protected internal sealed override bool CompletesAfterExit => true;
}
