using System.Diagnostics;
using System.Net.Sockets;

namespace Islet.Benchmarks;

/// <summary>Measures the start of a redis in a restored machine, and the fork of a ready one; each until its first PONG.</summary>
internal sealed class RedisStarts(ContainerRuntime runtime)
{
    private const int Runs = 20;

    public async Task RunAsync(Report report)
    {
        ContainerBuilder builder = new ContainerBuilder(LocalImages.Reference("redis"))
            .WithMemory(MemorySize.FromMebibytes(128)).WithPort(6379).WithCheckpoints();
        await using Container original = await builder.StartAsync(runtime);
        _ = await PingAsync(original);
        await using Checkpoint ready = await original.CheckpointAsync();

        PhaseSamples start = new("start-redis"), fork = new("fork-redis");
        for (int run = -1; run < Runs; run++)
        {
            await MeasureAsync(() => builder.StartAsync(runtime), run < 0 ? null : start);
            await MeasureAsync(() => ready.ForkAsync(), run < 0 ? null : fork);
        }

        start.WriteTo(report);
        fork.WriteTo(report);
    }

    private static async Task MeasureAsync(Func<Task<Container>> make, PhaseSamples? samples)
    {
        long begun = Stopwatch.GetTimestamp();
        await using Container redis = await make();
        double client = await PingAsync(redis);
        samples?.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, redis.Timeline, client);
    }

    private static async Task<double> PingAsync(Container redis)
    {
        long begun = Stopwatch.GetTimestamp();
        using var client = new TcpClient();
        await client.ConnectAsync(redis.Host, redis.GetPort(6379));
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        byte[] answer = new byte[7];
        await client.GetStream().ReadExactlyAsync(answer);
        return answer.AsSpan().SequenceEqual("+PONG\r\n"u8)
            ? Stopwatch.GetElapsedTime(begun).TotalMilliseconds
            : throw new InvalidDataException("That was no PONG.");
    }
}
