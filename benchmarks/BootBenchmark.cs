using System.Diagnostics;
using Islet.Agent;
using Islet.Engine;
using Islet.Protocol.Agent;
using Islet.VirtualMachines;

namespace Islet.Benchmarks;

/// <summary>
/// Measures from the spawn of QEMU to the agent's first answer, cold. The baseline is plain QEMU with the same kernel and an init that only
/// reports that it is up.
/// </summary>
internal sealed class BootBenchmark : IBenchmark
{
    private const int Runs = 20;

    public string Name => "boot-cold";

    public async Task RunAsync(Report report)
    {
        var runtime = new ContainerRuntime();
        GuestArtifacts guest = runtime.Engine.Guests.Locate(runtime.Engine.Backend, new ContainerBuilder("none").Options);
        List<double> raw = [], total = [], host = [], kernel = [], agent = [];

        // In turn, so that a machine whose speed drifts affects both equally.
        for (int run = -1; run < Runs; run++)
        {
            double baseline = await RawQemu.BootAsync(guest.KernelPath, LocalImages.BaselineInitramfs);
            Boot boot = await BootAsync(runtime, guest);
            if (run < 0)
                continue;

            raw.Add(baseline);
            total.Add(boot.Total);
            kernel.Add(boot.Kernel);
            agent.Add(boot.Agent);
            host.Add(boot.Total - boot.Kernel - boot.Agent);
        }

        report.Add("boot-raw", "ms", raw);
        report.Add("boot-cold", "ms", total);
        report.Add("boot-cold.kernel", "ms", kernel);
        report.Add("boot-cold.agent", "ms", agent);
        report.Add("boot-cold.qemu-and-first-call", "ms", host);
    }

    private static async Task<Boot> BootAsync(ContainerRuntime runtime, GuestArtifacts guest)
    {
        long start = Stopwatch.GetTimestamp();
        await using IVirtualMachine machine = await runtime.Engine.Backend.StartAsync(
            new VirtualMachineOptions
            {
                Name = "boot",
                KernelPath = guest.KernelPath,
                InitramfsPath = guest.InitramfsPath,
                Memory = MemorySize.FromMebibytes(512),
                Cpus = 1,
            },
            new StartupTimeline());
        GetInfoResponse info = await new AgentClient(machine.Channel).GetInfoAsync(CancellationToken.None);
        double total = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        // Measured by the guest's monotonic clock, which begins with its kernel.
        double begun = info.Phases[0].MonotonicNanoseconds / 1e6;
        double ready = info.Phases[^1].MonotonicNanoseconds / 1e6;
        return new Boot(total, begun, ready - begun);
    }

    private readonly record struct Boot(double Total, double Kernel, double Agent);
}
