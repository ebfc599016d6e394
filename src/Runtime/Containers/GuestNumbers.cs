using Islet.Protocol.Agent;

namespace Islet.Containers;

/// <summary>Converts numbers that come from the guest, so that none of them exceeds what its type holds.</summary>
internal static class GuestNumbers
{
    // A clock that is set to the year 200,000 must not turn an exit into an error.
    public static ProcessExit ToProcessExit(Protocol.Agent.ProcessExit exit) => new(
        exit.ExitCode, (int)Math.Min(exit.Signal, 127), exit.OutOfMemory,
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(
            exit.ExitedAtUnixNanoseconds / TimeSpan.NanosecondsPerTick,
            DateTimeOffset.MinValue.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks,
            DateTimeOffset.MaxValue.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks)));

    public static ContainerStatistics ToStatistics(GetStatisticsResponse reply) => new()
    {
        CpuTime = Time(reply.CpuUsageMicroseconds),
        CpuUserTime = Time(reply.CpuUserMicroseconds),
        CpuSystemTime = Time(reply.CpuSystemMicroseconds),
        Memory = MemorySize.FromBytes(Count(reply.MemoryBytes)),
        MemoryPeak = MemorySize.FromBytes(Count(reply.MemoryPeakBytes)),
        MemoryLimit = MemorySize.FromBytes(Count(reply.MemoryLimitBytes)),
        OutOfMemoryKills = Count(reply.OutOfMemoryKills),
        Pids = (int)Math.Min(reply.Pids, int.MaxValue),
        BlockBytesRead = Count(reply.BlockReadBytes),
        BlockBytesWritten = Count(reply.BlockWrittenBytes),
        NetworkBytesReceived = Sum(reply.Links.Select(link => link.ReceivedBytes)),
        NetworkBytesSent = Sum(reply.Links.Select(link => link.TransmittedBytes)),
    };

    private static TimeSpan Time(ulong microseconds) => TimeSpan.FromTicks(
        (long)Math.Min(microseconds, (ulong)(long.MaxValue / TimeSpan.TicksPerMicrosecond)) * TimeSpan.TicksPerMicrosecond);

    private static long Count(ulong count) => (long)Math.Min(count, long.MaxValue);

    private static long Sum(IEnumerable<ulong> counts) =>
        counts.Aggregate(0L, static (sum, count) => Count((ulong)sum + (ulong)Count(count)));
}
