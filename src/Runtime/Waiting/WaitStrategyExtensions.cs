namespace Islet;

/// <summary>The settings that apply to every strategy.</summary>
public static class WaitStrategyExtensions
{
    /// <summary>
    /// Returns the same strategy, which fails after <paramref name="timeout"/> with a <see cref="WaitTimeoutException"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or negative.</exception>
    public static TWait WithTimeout<TWait>(this TWait wait, TimeSpan timeout)
        where TWait : WaitStrategy =>
        (TWait)(wait with { Timeout = timeout });
}
