using System.Diagnostics;
using Islet.Containers;

namespace Islet.Benchmarks;

/// <summary>An ordinary start of a container that does nothing: its root is mounted, its process runs, its output is attached.</summary>
internal sealed class AgentStarts(ContainerRuntime runtime, ContainerRuntime runtimeWithSpares)
{
    private const int Runs = 20;

    public async Task RunAsync(Report report)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-instant-");
        try
        {
            GuestArtifacts guest = GuestArtifacts.Locate(runtime.Options, kernelPath: null);
            RawRestore raw = await RawRestore.FreezeAsync(guest, Path.Combine(directory.FullName, "raw"));
            List<double> baseline = [];
            PhaseSamples start = new("start-agent"), spare = new("start-agent-spare");

            // In turn, so that a machine whose speed drifts is equally unfair to all.
            for (int run = -1; run < Runs; run++)
            {
                double plain = await raw.RestoreAsync();
                await StartAsync(runtime, run < 0 ? null : start);
                await runtimeWithSpares.Templates.WhenIdleAsync();
                await StartAsync(runtimeWithSpares, run < 0 ? null : spare);
                await runtimeWithSpares.Templates.WhenIdleAsync();
                if (run >= 0)
                    baseline.Add(plain);
            }

            report.Add("raw-restore", "ms", baseline);
            start.WriteTo(report);
            spare.WriteTo(report);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task StartAsync(ContainerRuntime runtime, PhaseSamples? samples)
    {
        long begun = Stopwatch.GetTimestamp();
        await using Container container = await new ContainerBuilder(LocalImages.Reference("debian"))
            .WithCommand("sleep", "infinity").StartAsync(runtime);
        samples?.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, container.Timeline);
    }
}
