using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Islet.Benchmarks;

/// <summary>Measures the checkpoint, fork and roll-back of a ready Postgres; each until its first SQL answer through Npgsql.</summary>
internal sealed class PostgresForks(ContainerRuntime runtime)
{
    // Npgsql reads the server's types once for each connection string: for a fork, which has a new port, that is most of its first answer.
    private const string WithoutTypes = ";Server Compatibility Mode=NoTypeLoading";

    private const int Runs = 20;
    private const int AtOnce = 20;
    private const int CrowdRuns = 20;

    public async Task RunAsync(Report report)
    {
        ContainerBuilder builder = new ContainerBuilder(LocalImages.Reference("postgres"))
            .WithEnvironment("POSTGRES_PASSWORD", "benchmark").WithPort(5432)
            .WaitUntil(Wait.ForCommand("pg_isready", "-q", "-h", "127.0.0.1")).WithStartTimeout(TimeSpan.FromMinutes(5));
        await using Container original = await builder.WithCheckpoints().StartAsync(runtime);
        _ = await QueryAsync(original);
        await using Checkpoint ready = await original.CheckpointAsync();

        PhaseSamples fork = new("fork-postgres"), untyped = new("fork-postgres-untyped"), rollback = new("rollback-postgres");
        List<double> memory = [], untypedMemory = [];
        for (int run = -1; run < Runs; run++)
        {
            bool counts = run >= 0;
            await ForkAsync(ready, "", counts ? fork : null, memory);
            await ForkAsync(ready, WithoutTypes, counts ? untyped : null, untypedMemory);
            await RollBackAsync(original, ready, counts ? rollback : null);
        }

        fork.WriteTo(report);
        report.Add("fork-postgres-mib", "MiB", memory);
        untyped.WriteTo(report);
        report.Add("fork-postgres-untyped-mib", "MiB", untypedMemory);
        rollback.WriteTo(report);
        report.Add($"fork-postgres-x{AtOnce}", "ms", await CrowdsAsync(ready));
        await CheckpointsAsync(report, builder);
    }

    private static async Task ForkAsync(Checkpoint ready, string settings, PhaseSamples? samples, List<double> memory)
    {
        long begun = Stopwatch.GetTimestamp();
        await using Container copy = await ready.ForkAsync();
        double client = await QueryAsync(copy, settings);
        double total = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        if (samples is null)
            return;
        samples.Add(total, copy.Timeline, client);
        memory.Add(ProcessMemory.PrivateMebibytes(copy.Machine.ProcessId));
    }

    private static async Task RollBackAsync(Container original, Checkpoint ready, PhaseSamples? samples)
    {
        long begun = Stopwatch.GetTimestamp();
        await original.RollBackAsync(ready);
        double client = await QueryAsync(original);
        samples?.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, original.Timeline, client);
    }

    private static async Task<List<double>> CrowdsAsync(Checkpoint ready)
    {
        List<double> samples = [];
        for (int run = 0; run < CrowdRuns; run++)
        {
            long begun = Stopwatch.GetTimestamp();
            Container[] crowd = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
            {
                Container copy = await ready.ForkAsync();
                await QueryAsync(copy);
                return copy;
            }));
            samples.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await Task.WhenAll(crowd.Select(copy => copy.DisposeAsync().AsTask()));
        }

        return samples;
    }

    // Each checkpoint is of a container that had none before, which a warm start supplies: the original's initdb takes ten seconds.
    private async Task CheckpointsAsync(Report report, ContainerBuilder builder)
    {
        PhaseSamples samples = new("checkpoint-postgres");
        await (await builder.WithWarmStart().StartAsync(runtime)).DisposeAsync();
        for (int run = -1; run < Runs; run++)
        {
            await using Container postgres = await builder.WithWarmStart().WithCheckpoints().StartAsync(runtime);
            _ = await QueryAsync(postgres);
            long begun = Stopwatch.GetTimestamp();
            await using Checkpoint taken = await postgres.CheckpointAsync();
            if (run >= 0)
                samples.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, taken.Timeline!);
        }

        samples.WriteTo(report);
    }

    private static async Task<double> QueryAsync(Container postgres, string settings = "")
    {
        long begun = Stopwatch.GetTimestamp();
        await using var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture,
            $"Host={postgres.Host};Port={postgres.GetPort(5432)};Username=postgres;Password=benchmark;Pooling=false;Timeout=60;"
            + $"Command Timeout=60{settings}"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT 42", connection);
        return Equals(await command.ExecuteScalarAsync(), 42)
            ? Stopwatch.GetElapsedTime(begun).TotalMilliseconds
            : throw new InvalidDataException("That was not the answer.");
    }
}
