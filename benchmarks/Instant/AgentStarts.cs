using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Islet.Description;
using Islet.Engine;
using Islet.Images;
using Islet.Protocol.Agent;
using Islet.Starting;
using Islet.VirtualMachines.Qemu;

namespace Islet.Benchmarks;

/// <summary>
/// Measures how an ordinary start gets a machine whose root is mounted, in three ways: with QEMU started ahead, as in all starts of a
/// process but its first; without that; and with a pooled machine. It also measures the whole start of a container that does nothing, which
/// adds its process and its output.
/// </summary>
internal sealed class AgentStarts(ContainerRuntime runtime, ContainerRuntime runtimeOfFirstStarts, ContainerRuntime runtimeWithPool)
{
    private const int Runs = 20;

    private static readonly ContainerBuilder s_builder = new ContainerBuilder(
        LocalImages.Reference("debian")).WithCommand("sleep", "infinity");

    public async Task RunAsync(Report report)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-instant-");
        try
        {
            GuestArtifacts guest = runtime.Engine.Guests.Locate(runtime.Engine.Backend, s_builder.Options);
            RawRestore raw = await RawRestore.SaveAsync(guest, Path.Combine(directory.FullName, "raw"));
            ContainerBlueprint blueprint = await CreateBlueprintAsync();
            List<double> baseline = [];
            PhaseSamples agent = new("start-agent"), first = new("start-agent-first"), pooled = new("start-agent-pooled");
            PhaseSamples container = new("start-container"), containerOfPool = new("start-container-pooled");

            // In turn, so that a machine whose speed drifts affects all equally.
            for (int run = -1; run < Runs; run++)
            {
                bool counts = run >= 0;
                double plain = await raw.RestoreAsync();
                await BootstrapAsync(runtime, blueprint, counts ? agent : null);
                await runtime.Engine.WhenIdleAsync();
                await BootstrapAsync(runtimeOfFirstStarts, blueprint, counts ? first : null);
                await runtimeWithPool.Engine.WhenIdleAsync();
                await BootstrapAsync(runtimeWithPool, blueprint, counts ? pooled : null);
                await runtimeWithPool.Engine.WhenIdleAsync();
                await StartAsync(runtime, counts ? container : null);
                await runtime.Engine.WhenIdleAsync();
                await StartAsync(runtimeWithPool, counts ? containerOfPool : null);
                await runtimeWithPool.Engine.WhenIdleAsync();
                if (counts)
                    baseline.Add(plain);
            }

            report.Add("raw-restore", "ms", baseline);
            agent.WriteTo(report);
            if (await CountBlocksAsync(blueprint) is { } blocks)
                report.Add("blocks to the first answer", "blocks", [blocks]);
            first.WriteTo(report);
            pooled.WriteTo(report);
            container.WriteTo(report);
            containerOfPool.WriteTo(report);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<ContainerBlueprint> CreateBlueprintAsync()
    {
        ContainerOptions options = s_builder.Options;
        Image image = await runtime.Engine.Images.ResolveAsync(
            options.Image, Platform.Host, PullPolicy.Missing, null, CancellationToken.None);
        string disk = await runtime.Engine.Disks.GetOrCreateAsync(image);
        return ContainerBlueprint.Create(
            runtime.Engine, options, runtime.Engine.Guests.Locate(runtime.Engine.Backend, options), image.ManifestDigest, image.Config,
            ProcessSettings.From(options, image.Config), disk);
    }

    private static async Task BootstrapAsync(ContainerRuntime runtime, ContainerBlueprint blueprint, PhaseSamples? samples)
    {
        long begun = Stopwatch.GetTimestamp();
        var timeline = new StartupTimeline();
        await using MachineConnection live = await MachineConnection.ConnectAsync(
            runtime.Engine, blueprint, await runtime.Engine.Machines.StartAsync(blueprint.Machine, timeline, CancellationToken.None),
            timeline);
        StartupTimeline.PhaseScope bootstrap = timeline.Begin("bootstrap");
        BootstrapRequest request = Bootstrap.Create(blueprint, ContainerIdentity.Create(null), start: false);
        request.Process = null;
        await live.Agent.BootstrapAsync(request, CancellationToken.None);
        bootstrap.Complete();
        samples?.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, timeline);
    }

    /// <summary>
    /// Returns the number of the guest's code blocks that QEMU had to translate up to the agent's first answer after a restore, which is
    /// most of an emulated start; null with KVM.
    /// </summary>
    private async Task<double?> CountBlocksAsync(ContainerBlueprint blueprint)
    {
        var timeline = new StartupTimeline();
        await using MachineConnection live = await MachineConnection.ConnectAsync(
            runtime.Engine, blueprint, await runtime.Engine.Machines.StartAsync(blueprint.Machine, timeline, CancellationToken.None),
            timeline);
        await live.Agent.GetInfoAsync(CancellationToken.None);
        if (live.Machine is not QemuVirtualMachine { Accelerator: "TCG" } machine)
            return null;
        JsonElement answer = await machine.Monitor.ExecuteAsync("x-query-jit");
        string line = answer.GetProperty("human-readable-text").GetString()!.Split('\n')
            .First(line => line.StartsWith("TB count", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
    }

    private static async Task StartAsync(ContainerRuntime runtime, PhaseSamples? samples)
    {
        long begun = Stopwatch.GetTimestamp();
        await using Container container = await s_builder.StartAsync(runtime);
        samples?.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, container.Timeline);
    }
}
