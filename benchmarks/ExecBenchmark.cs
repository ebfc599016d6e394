using System.Diagnostics;

namespace Islet.Benchmarks;

/// <summary>Measures <c>ExecAsync(["true"])</c>, from the call to the exit code.</summary>
internal sealed class ExecBenchmark : IBenchmark
{
    private const int Runs = 50;

    public string Name => "exec";

    public async Task RunAsync(Report report)
    {
        await using Container container = await new ContainerBuilder(LocalImages.Reference("debian"))
            .WithCommand("sleep", "infinity").StartAsync();
        List<double> samples = [];
        for (int run = -3; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            ExecResult result = await container.ExecAsync(["true"]);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (result.ExitCode != 0)
                throw new InvalidOperationException($"true exited with {result.ExitCode}.");
            if (run >= 0)
                samples.Add(elapsed);
        }

        report.Add("exec", "ms", samples);
    }
}
