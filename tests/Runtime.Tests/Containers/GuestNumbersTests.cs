using Islet.Containers;
using Islet.Files;
using Islet.Protocol.Agent;

namespace Islet.Tests.Containers;

/// <summary>Numbers from a guest: none of them may turn a call into an error.</summary>
public sealed class GuestNumbersTests
{
    [Fact]
    public void Statistics_beyond_every_type_are_the_largest_there_are()
    {
        ContainerStatistics statistics = GuestNumbers.ToStatistics(new GetStatisticsResponse
        {
            CpuUsageMicroseconds = ulong.MaxValue,
            CpuUserMicroseconds = ulong.MaxValue,
            CpuSystemMicroseconds = ulong.MaxValue,
            MemoryBytes = ulong.MaxValue,
            MemoryPeakBytes = ulong.MaxValue,
            MemoryLimitBytes = ulong.MaxValue,
            OutOfMemoryKills = ulong.MaxValue,
            Pids = uint.MaxValue,
            BlockReadBytes = ulong.MaxValue,
            BlockWrittenBytes = ulong.MaxValue,
            Links =
            {
                new LinkStatistics { Name = "a", ReceivedBytes = ulong.MaxValue, TransmittedBytes = long.MaxValue },
                new LinkStatistics { Name = "b", ReceivedBytes = ulong.MaxValue, TransmittedBytes = long.MaxValue },
            },
        });
        Assert.Equal(long.MaxValue, statistics.NetworkBytesReceived);
        Assert.Equal(long.MaxValue, statistics.NetworkBytesSent);
        Assert.Equal(long.MaxValue, statistics.Memory.Bytes);
        Assert.Equal(int.MaxValue, statistics.Pids);
        Assert.True(statistics.CpuTime > TimeSpan.FromDays(1_000_000));
    }

    [Fact]
    public void Statistics_of_ordinary_numbers_are_those()
    {
        ContainerStatistics statistics = GuestNumbers.ToStatistics(new GetStatisticsResponse
        {
            CpuUsageMicroseconds = 1_500_000, MemoryBytes = 4096, Pids = 3,
            Links = { new LinkStatistics { ReceivedBytes = 5 }, new LinkStatistics { ReceivedBytes = 6 } },
        });
        Assert.Equal(
            (TimeSpan.FromSeconds(1.5), 4096L, 3, 11L),
            (statistics.CpuTime, statistics.Memory.Bytes, statistics.Pids, statistics.NetworkBytesReceived));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    public void An_exit_at_any_time_is_an_exit(long nanoseconds)
    {
        ProcessExit exit = GuestNumbers.ToProcessExit(
            new Protocol.Agent.ProcessExit { ExitCode = 1, Signal = uint.MaxValue, ExitedAtUnixNanoseconds = nanoseconds });
        Assert.Equal(1, exit.ExitCode);
        Assert.NotEmpty(exit.ToString());
    }

    [Theory]
    [InlineData("search example.com corp.example", "example.com corp.example")]
    [InlineData("domain one\nsearch two three\nnameserver 10.0.0.1", "two three")]
    [InlineData("search .", "")]
    [InlineData("search a b c d e f g h", "a b c d e f")]
    [InlineData("search good b\u0001ad evil;rm", "good")]
    [InlineData("# search nothing\nnameserver 127.0.0.53\n\toptions x", "")]
    [InlineData("", "")]
    public void The_hosts_search_domains_are_those_of_its_last_line(string file, string domains) =>
        Assert.Equal(domains.Split(' ', StringSplitOptions.RemoveEmptyEntries), HostSearchDomains.Parse(file.Split('\n')));
}
