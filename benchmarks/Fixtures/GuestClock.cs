using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace Islet.Benchmarks;

/// <summary>The time at which the service of benchmarks/baseline/service.c became ready, by the host's clock.</summary>
/// <param name="ReadyAt">The instant.</param>
/// <param name="Uncertainty">The possible error: half of the shortest round trip in the comparison of the clocks.</param>
internal sealed record GuestClock(DateTimeOffset ReadyAt, TimeSpan Uncertainty)
{
    private const int RoundTrips = 50;
    private const int NanosecondsPerTick = 100;

    /// <summary>Asks the service for its time repeatedly; the quickest answer tells most exactly when it was given.</summary>
    public static async Task<GuestClock> MeasureAsync(string host, int port)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(host, port);
        NetworkStream stream = client.GetStream();
        byte[] answer = new byte[16];
        TimeSpan shortest = TimeSpan.MaxValue, offset = default;
        for (int trip = 0; trip < RoundTrips; trip++)
        {
            DateTimeOffset asked = DateTimeOffset.UtcNow;
            long begun = Stopwatch.GetTimestamp();
            await stream.WriteAsync(new byte[1]);
            await stream.ReadExactlyAsync(answer);
            TimeSpan took = Stopwatch.GetElapsedTime(begun);
            if (took >= shortest)
                continue;
            shortest = took;
            offset = Instant(answer) - (asked + took / 2);
        }

        return new GuestClock(Instant(answer.AsSpan(8)) - offset, shortest / 2);
    }

    private static DateTimeOffset Instant(ReadOnlySpan<byte> nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(BinaryPrimitives.ReadInt64LittleEndian(nanoseconds) / NanosecondsPerTick);
}
