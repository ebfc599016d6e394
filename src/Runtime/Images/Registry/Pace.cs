using System.Diagnostics;

namespace Islet.Images.Registry;

/// <summary>
/// Watches how fast a registry sends. Only the time spent waiting for the registry counts, so that a slow reader on our side is not blamed
/// on it.
/// </summary>
internal sealed class Pace(TimeSpan period, int slowestRate)
{
    private TimeSpan _waited;
    private long _bytes;

    /// <summary>Records a read and checks the rate.</summary>
    /// <param name="begun">The start of the read, from <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="count">The number of bytes read.</param>
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
