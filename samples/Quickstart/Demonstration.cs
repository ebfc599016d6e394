using System.Diagnostics;
using System.Security.Cryptography;
using Islet;
using Spectre.Console;

namespace Quickstart;

internal static class Demonstration
{
    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine($"Islet on {ContainerRuntime.Default.Support.Reason}");
        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

        ContainerBuilder postgres = new ContainerBuilder(arguments.PostgresImage)
            .WithName("postgres")
            .WithEnvironment("POSTGRES_PASSWORD", password)
            .WithMemory(MemorySize.FromMebibytes(512))
            .WithSharedMemory(MemorySize.FromMebibytes(128))
            .WithPort(5432)
            .WithCheckpoints()
            .WaitUntil(Wait.ForCommand("pg_isready", "-q", "-h", "127.0.0.1")); // its port opens a moment before it takes queries
        ContainerBuilder redis = new ContainerBuilder(arguments.RedisImage)
            .WithName("redis")
            .WithMemory(MemorySize.FromMebibytes(128))
            .WithPort(6379)
            .WaitUntil(Wait.ForPort(6379));

        var progress = new StartProgress("postgres", "redis");
        await using var postgresStart = new PendingContainer(
            postgres.WithStartupProgress(progress.For("postgres")).StartAsync, cancellationToken);
        await using var redisStart = new PendingContainer(redis.WithStartupProgress(progress.For("redis")).StartAsync, cancellationToken);
        Task<TimeSpan> postgresAnswer = SqlQueries.FirstAnswerAsync(postgresStart.Started, password, cancellationToken);
        Task<TimeSpan> redisAnswer = RedisCommands.FirstAnswerAsync(redisStart.Started);
        await progress.ShowUntilAsync(Task.WhenAll(postgresAnswer, redisAnswer));
        Container postgresContainer = await postgresStart.Started;
        Container redisContainer = await redisStart.Started;
        var firstAnswers = new Dictionary<Container, TimeSpan>
        {
            [postgresContainer] = await postgresAnswer,
            [redisContainer] = await redisAnswer,
        };

        await SqlQueries.RunAsync(postgresContainer, password, cancellationToken);
        await RedisCommands.RunAsync(redisContainer);
        await ShowMachinesAsync([postgresContainer, redisContainer], cancellationToken);
        TimelineTable.Show(firstAnswers);
        await ForkAndRollBackAsync(postgresContainer, password, cancellationToken);

        long disposing = Stopwatch.GetTimestamp();
        await redisContainer.DisposeAsync();
        await postgresContainer.DisposeAsync();
        AnsiConsole.WriteLine($"Both machines were removed in {Stopwatch.GetElapsedTime(disposing).TotalMilliseconds:0} ms.");
    }

    private static async Task ForkAndRollBackAsync(Container postgres, string password, CancellationToken cancellationToken)
    {
        long called = Stopwatch.GetTimestamp();
        await using Checkpoint ready = await postgres.CheckpointAsync(cancellationToken);
        double milliseconds = Stopwatch.GetElapsedTime(called).TotalMilliseconds;
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]postgres[/]  kept with its memory and disk in {milliseconds:0} ms, {ready.SizeOnDisk} on the disk; it runs on");
        await PostgresForks.RunAsync(ready, password, cancellationToken);
        await PostgresRollBack.RunAsync(postgres, ready, password, cancellationToken);
    }

    private static async Task ShowMachinesAsync(IEnumerable<Container> containers, CancellationToken cancellationToken)
    {
        foreach (Container container in containers)
        {
            ExecResult kernel = await container.ExecAsync(["uname", "-a"], cancellationToken: cancellationToken);
            ExecResult release = await container.ExecAsync(["cat", "/etc/os-release"], cancellationToken: cancellationToken);
            string system =
                release.Stdout.Split('\n').FirstOrDefault(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal)) ?? "";
            AnsiConsole.MarkupLineInterpolated($"[bold]{container.Name}[/]  uname -a: {kernel.Stdout.TrimEnd()}");
            AnsiConsole.MarkupLineInterpolated($"          /etc/os-release: {system}");
        }
    }
}
