namespace Islet.Benchmarks;

/// <summary>Measures the host memory that an idle redis costs: the private memory of its QEMU process.</summary>
internal sealed class IdleRedisBenchmark : IBenchmark
{
    private const int Runs = 3;

    public string Name => "idle-redis-mib";

    public async Task RunAsync(Report report)
    {
        List<double> samples = [];
        for (int run = 0; run < Runs; run++)
        {
            await using Container redis = await new ContainerBuilder(LocalImages.Reference("redis"))
                .WithMemory(MemorySize.FromMebibytes(128)).WithPort(6379).StartAsync();

            // Idle, not just started: after a moment the page cache of the start has settled.
            await Task.Delay(TimeSpan.FromSeconds(3));
            samples.Add(ProcessMemory.PrivateMebibytes(redis.Machine.ProcessId));
        }

        report.Add("idle-redis-mib", "MiB", samples);
    }
}
