using System.Diagnostics;

namespace Islet.Benchmarks;

/// <summary>
/// Measures the ways to run an image for arm64: with a translator in the host's machine, and in an emulated machine. The baseline is the
/// same BusyBox for x86. Each way is measured by a start from a template to the answer of the first command, and by a loop of a shell.
/// </summary>
internal sealed class EmulationBenchmark : IBenchmark
{
    private const int Runs = 5;
    private const string Loop = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i";

    public string Name => "emulation";

    public async Task RunAsync(Report report)
    {
        await using var runtime = new ContainerRuntime(new IsletOptions { PrestartQemu = false });
        foreach ((string name, string image, Platform platform, Emulation emulation) in ((string, string, Platform, Emulation)[])
            [
                ("native", "busybox_386", Platform.Parse("linux/386"), Emulation.Automatic),
                ("user-mode", "busybox_arm64", Platform.LinuxArm64, Emulation.UserMode),
                ("system", "busybox_arm64", Platform.LinuxArm64, Emulation.System),
            ])
        {
            if (!Directory.Exists(LocalImages.Layout(image)) || !runtime.SupportFor(platform, emulation).IsSupported)
            {
                Console.Error.WriteLine($"emulation-{name} takes what eng/setup.sh --test --arm64 installs and builds.");
                continue;
            }

            ContainerBuilder builder = new ContainerBuilder(LocalImages.Reference(image))
                .WithPlatform(platform, emulation).WithCommand("sleep", "1000000");
            List<double> starts = [], loops = [];
            for (int run = -1; run < Runs; run++)
            {
                long begun = Stopwatch.GetTimestamp();
                await using Container container = await builder.StartAsync(runtime);
                await RunAsync(container, "echo first");
                double start = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                begun = Stopwatch.GetTimestamp();
                await RunAsync(container, Loop);
                double loop = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                await runtime.Engine.WhenIdleAsync();
                if (run < 0)
                    continue;
                starts.Add(start);
                loops.Add(loop);
            }

            report.Add($"emulation-{name}-start", "ms", starts);
            report.Add($"emulation-{name}-loop", "ms", loops);
        }
    }

    private static async Task RunAsync(Container container, string script)
    {
        ExecResult result = await container.ExecAsync(["sh", "-c", script]);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{script} exited with {result.ExitCode}: {result.Stderr}");
    }
}
