using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace Islet.Benchmarks;

/// <summary>When the service of benchmarks/baseline/service.c became ready, by the host's clock.</summary>
/// <param name="ReadyAt">The instant.</param>
/// <param name="Uncertainty">How far it may be off: half of the shortest round trip that the clocks were compared with.</param>
internal sealed record GuestClock(DateTimeOffset ReadyAt, TimeSpan Uncertainty)
{
    private const int RoundTrips = 50;
    private const int NanosecondsPerTick = 100;

    /// <summary>Asks the service for its time again and again; the quickest answer says most about when it was given.</summary>
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
