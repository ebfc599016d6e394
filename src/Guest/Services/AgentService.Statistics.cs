using System.Globalization;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private static void GetStatistics(GrpcCall call)
    {
        string cpu = ControlGroup.Read("cpu.stat");
        string io = ControlGroup.Read("io.stat");
        var statistics = new GetStatisticsResponse
        {
            CpuUsageMicroseconds = ControlGroup.Sum(cpu, "usage_usec"),
            CpuUserMicroseconds = ControlGroup.Sum(cpu, "user_usec"),
            CpuSystemMicroseconds = ControlGroup.Sum(cpu, "system_usec"),
            MemoryBytes = ControlGroup.ReadNumber("memory.current"),
            MemoryLimitBytes = ControlGroup.ReadNumber("memory.max"),
            MemoryPeakBytes = ControlGroup.ReadNumber("memory.peak"),
            OutOfMemoryKills = ControlGroup.Sum(ControlGroup.Read("memory.events"), "oom_kill"),
            Pids = (uint)ControlGroup.ReadNumber("pids.current"),
            BlockReadBytes = ControlGroup.Sum(io, "rbytes"),
            BlockWrittenBytes = ControlGroup.Sum(io, "wbytes"),
        };
        AddLinks(statistics);
        call.Reply(statistics);
    }

    // A container that may create links may create any number of them.
    private const int MaxLinks = 64;

    private static void AddLinks(GetStatisticsResponse statistics)
    {
        foreach (string directory in Directory.EnumerateDirectories("/sys/class/net"))
        {
            string name = Path.GetFileName(directory);
            if (name == "lo")
                continue;
            if (statistics.Links.Count == MaxLinks)
                break;
            statistics.Links.Add(new LinkStatistics
            {
                Name = name,
                ReceivedBytes = ReadCounter(directory, "rx_bytes"),
                ReceivedPackets = ReadCounter(directory, "rx_packets"),
                TransmittedBytes = ReadCounter(directory, "tx_bytes"),
                TransmittedPackets = ReadCounter(directory, "tx_packets"),
            });
        }
    }

    // The counter is 0 for a link that has been removed meanwhile.
    private static ulong ReadCounter(string link, string name) =>
        ulong.TryParse(VirtioDevices.ReadAttribute($"{link}/statistics/{name}"), NumberStyles.None, CultureInfo.InvariantCulture,
            out ulong count) ? count : 0;
}
