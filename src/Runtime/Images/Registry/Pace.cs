using System.Diagnostics;

namespace Islet.Images.Registry;

/// <summary>
/// Watches how fast a registry sends. Only the time that is spent waiting for it counts: if we are slow to take what it sends, that is not its
/// fault.
/// </summary>
internal sealed class Pace(TimeSpan period, int slowestRate)
{
    private TimeSpan _waited;
    private long _bytes;

    /// <summary>Notes a read.</summary>
    /// <param name="begun">When it began, as <see cref="Stopwatch.GetTimestamp"/> tells it.</param>
    /// <param name="count">How many bytes it gave.</param>
    /// <returns>Whether the registry is fast enough.</returns>
    public bool IsKept(long begun, int count)
    {
        _waited += Stopwatch.GetElapsedTime(begun);
        _bytes += count;
        if (_waited < period)
            return true;

        bool isKept = _bytes >= slowestRate * _waited.TotalSeconds;
        (_waited, _bytes) = (TimeSpan.Zero, 0);
        return isKept;
    }
}
