namespace Islet.Protocol.Grpc;

/// <summary>The time limit of a call: at most eight digits and a unit, as in "20m" (gRPC over HTTP/2, "Timeout").</summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;

    public static bool TryParse(ReadOnlySpan<byte> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1)
            return false;
        long value = 0;
        foreach (byte digit in text[..^1])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            value = value * 10 + digit - '0';
        }

        long ticks = text[^1] switch
        {
            (byte)'H' => value * TimeSpan.TicksPerHour,
            (byte)'M' => value * TimeSpan.TicksPerMinute,
            (byte)'S' => value * TimeSpan.TicksPerSecond,
            (byte)'m' => value * TimeSpan.TicksPerMillisecond,
            (byte)'u' => value * TimeSpan.TicksPerMicrosecond,
            (byte)'n' => value / TimeSpan.NanosecondsPerTick,
            _ => -1,
        };
        timeout = new TimeSpan(ticks);
        return ticks >= 0;
    }
}
