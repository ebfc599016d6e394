namespace Islet;

/// <summary>The resources that a container has used.</summary>
public sealed record ContainerStatistics
{
    /// <summary>The CPU time of all its processes.</summary>
    public required TimeSpan CpuTime { get; init; }

    /// <summary>The part of the CPU time spent in programs.</summary>
    public required TimeSpan CpuUserTime { get; init; }

    /// <summary>The part of the CPU time spent in the kernel.</summary>
    public required TimeSpan CpuSystemTime { get; init; }

    /// <summary>The memory in use now, including the page cache of its files.</summary>
    public required MemorySize Memory { get; init; }

    /// <summary>The most memory it has used.</summary>
    public required MemorySize MemoryPeak { get; init; }

    /// <summary>The most memory it may use.</summary>
    public required MemorySize MemoryLimit { get; init; }

    /// <summary>The number of processes that the kernel killed for lack of memory.</summary>
    public required long OutOfMemoryKills { get; init; }

    /// <summary>The number of its processes and threads.</summary>
    public required int Pids { get; init; }

    /// <summary>The number of bytes read from its disk.</summary>
    public required long BlockBytesRead { get; init; }

    /// <summary>The number of bytes written to its disk.</summary>
    public required long BlockBytesWritten { get; init; }

    /// <summary>The number of bytes received over its network interface (published ports don't go through it).</summary>
    public required long NetworkBytesReceived { get; init; }

    /// <summary>The number of bytes sent over its network interface.</summary>
    public required long NetworkBytesSent { get; init; }
}
