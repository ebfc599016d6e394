namespace Islet;

/// <summary>What every strategy can be given.</summary>
public static class WaitStrategyExtensions
{
    /// <summary>The same strategy, which gives up after <paramref name="timeout"/> with a <see cref="WaitTimeoutException"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public static TWait WithTimeout<TWait>(this TWait wait, TimeSpan timeout)
        where TWait : WaitStrategy =>
        (TWait)(wait with { Timeout = timeout });
}
