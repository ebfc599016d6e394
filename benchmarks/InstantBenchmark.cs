using System.Diagnostics;
using Islet.Agent;
using Islet.Diagnostics;
using Islet.VirtualMachines;

namespace Islet.Benchmarks;

/// <summary>
/// From the call to a machine whose agent has answered, restored in place of booted, against plain QEMU that restores a machine of
/// the same kernel, agent and memory until it runs.
/// </summary>
internal sealed class InstantBenchmark : IBenchmark
{
    private const int Runs = 20;

    public string Name => "instant";

    public async Task RunAsync(Report report)
    {
        var runtime = new ContainerRuntime();
        GuestArtifacts guest = GuestArtifacts.Locate(runtime.Options, kernelPath: null);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-instant-");
        try
        {
            var options = new VirtualMachineOptions { Name = "instant", KernelPath = guest.KernelPath, InitramfsPath = guest.InitramfsPath };
            SavedMachine saved = await FreezeAsync(runtime.Backend, options, directory.FullName);
            RawRestore raw = await RawRestore.FreezeAsync(guest, Path.Combine(directory.FullName, "raw"));
            List<double> baseline = [], total = [], spawn = [], load = [], agent = [], spare = [];

            // In turn, so that a machine whose speed drifts is equally unfair to both.
            for (int run = -1; run < Runs; run++)
            {
                double plain = await raw.RestoreAsync();
                Restored restored = await RestoreAsync(runtime.Backend, options, saved);
                double prepared = await StartSpareAsync(runtime.Backend, options, saved);
                if (run < 0)
                    continue;

                baseline.Add(plain);
                total.Add(restored.Total);
                spawn.Add(restored.Spawn);
                load.Add(restored.Load);
                agent.Add(restored.Agent);
                spare.Add(prepared);
            }

            report.Add("raw-restore", "ms", baseline);
            report.Add("start-agent", "ms", total);
            report.Add("start-agent.spawn", "ms", spawn);
            report.Add("start-agent.load", "ms", load);
            report.Add("start-agent.first-call", "ms", agent);
            report.Add("start-agent-spare", "ms", spare);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<SavedMachine> FreezeAsync(IVirtualMachineBackend backend, VirtualMachineOptions options, string directory)
    {
        await using IVirtualMachine machine = await backend.StartAsync(
            options with { MemoryFilePath = Path.Combine(directory, "memory") }, new StartupTimeline());
        _ = await AskAsync(machine);
        return await machine.FreezeAsync(Path.Combine(directory, "state"));
    }

    private static async Task<Restored> RestoreAsync(IVirtualMachineBackend backend, VirtualMachineOptions options, SavedMachine saved)
    {
        long start = Stopwatch.GetTimestamp();
        var timeline = new StartupTimeline();
        await using IVirtualMachine machine = await backend.RestoreAsync(options, saved, RestoreMode.Private, timeline);
        double agent = await AskAsync(machine);
        return new Restored(
            Stopwatch.GetElapsedTime(start).TotalMilliseconds, DurationOf(timeline, StartupPhases.Spawn), DurationOf(timeline, StartupPhases.Load), agent);
    }

    private static async Task<double> StartSpareAsync(IVirtualMachineBackend backend, VirtualMachineOptions options, SavedMachine saved)
    {
        await using IPreparedMachine spare = await backend.PrepareAsync(options, saved, RestoreMode.Private);
        long start = Stopwatch.GetTimestamp();
        await using IVirtualMachine machine = await spare.StartAsync(null, DiskFormat.Raw, new StartupTimeline());
        _ = await AskAsync(machine);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<double> AskAsync(IVirtualMachine machine)
    {
        long start = Stopwatch.GetTimestamp();
        await using AgentClient client = await AgentClient.ConnectAsync(machine.Channel, CancellationToken.None);
        _ = await client.GetInfoAsync(CancellationToken.None);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double DurationOf(StartupTimeline timeline, string name) =>
        timeline.Phases.Single(phase => phase.Name == name).Duration!.Value.TotalMilliseconds;

    private readonly record struct Restored(double Total, double Spawn, double Load, double Agent);
}
