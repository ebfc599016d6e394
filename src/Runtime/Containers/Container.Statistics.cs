namespace Islet.Containers;

/// <summary>What the container has used.</summary>
public sealed record ContainerStatistics
{
    /// <summary>CPU time of all its processes.</summary>
    public required TimeSpan CpuTime { get; init; }

    /// <summary>The part of it spent in programs.</summary>
    public required TimeSpan CpuUserTime { get; init; }

    /// <summary>The part of it spent in the kernel.</summary>
    public required TimeSpan CpuSystemTime { get; init; }

    /// <summary>Memory in use now, with the page cache of its files.</summary>
    public required MemorySize Memory { get; init; }

    /// <summary>The most memory it has used.</summary>
    public required MemorySize MemoryPeak { get; init; }

    /// <summary>How much it may use.</summary>
    public required MemorySize MemoryLimit { get; init; }

    /// <summary>Processes that the kernel ended for lack of memory.</summary>
    public required long OutOfMemoryKills { get; init; }

    /// <summary>Its processes and threads.</summary>
    public required int Pids { get; init; }

    /// <summary>Bytes read from its disk.</summary>
    public required long BlockBytesRead { get; init; }

    /// <summary>Bytes written to its disk.</summary>
    public required long BlockBytesWritten { get; init; }

    /// <summary>Bytes that arrived over its network interface (published ports don't go through it).</summary>
    public required long NetworkBytesReceived { get; init; }

    /// <summary>Bytes sent over its network interface.</summary>
    public required long NetworkBytesSent { get; init; }
}

public sealed partial class Container
{
    /// <summary>What the container has used until now.</summary>
    public async Task<ContainerStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        EnsureMachine("read statistics");
        var reply = await AskAgentAsync(Agent.GetStatisticsAsync(cancellationToken)).ConfigureAwait(false);
        return new ContainerStatistics
        {
            CpuTime = TimeSpan.FromMicroseconds(reply.CpuUsageMicroseconds),
            CpuUserTime = TimeSpan.FromMicroseconds(reply.CpuUserMicroseconds),
            CpuSystemTime = TimeSpan.FromMicroseconds(reply.CpuSystemMicroseconds),
            Memory = MemorySize.FromBytes((long)reply.MemoryBytes),
            MemoryPeak = MemorySize.FromBytes((long)reply.MemoryPeakBytes),
            MemoryLimit = MemorySize.FromBytes((long)reply.MemoryLimitBytes),
            OutOfMemoryKills = (long)reply.OutOfMemoryKills,
            Pids = (int)reply.Pids,
            BlockBytesRead = (long)reply.BlockReadBytes,
            BlockBytesWritten = (long)reply.BlockWrittenBytes,
            NetworkBytesReceived = reply.Links.Sum(link => (long)link.ReceivedBytes),
            NetworkBytesSent = reply.Links.Sum(link => (long)link.TransmittedBytes),
        };
    }
}
