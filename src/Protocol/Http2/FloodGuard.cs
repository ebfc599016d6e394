namespace Islet.Protocol.Http2;

/// <summary>
/// A bucket of tokens against frames that cost their sender nothing: resets of streams that have just begun (CVE-2023-44487,
/// CVE-2025-8671), settings, pings, priorities and empty frames (CVE-2019-9512 and after).
/// </summary>
internal sealed class FloodGuard(Func<long> milliseconds)
{
    private long _tokens = Http2Limits.Burst * 1000L;
    private long _filledAt = milliseconds();

    /// <summary>Takes a token.</summary>
    /// <returns><see langword="false"/> when there is none left.</returns>
    public bool TryTake()
    {
        long now = milliseconds();
        _tokens = Math.Min(Http2Limits.Burst * 1000L, _tokens + Math.Max(0, now - _filledAt) * Http2Limits.PerSecond);
        _filledAt = now;
        _tokens -= 1000;
        return _tokens >= 0;
    }
}
