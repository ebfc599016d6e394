using System.Diagnostics;

namespace Islet.Benchmarks;

/// <summary>
/// Repeats `dotnet test` in the folder of the xUnit sample, with everything built and everything in the cache. It measures from the start
/// of the process to the first answer to a query of a test, and the parts of that time.
/// </summary>
internal static class WarmRun
{
    private const int Runs = 5;
    private const string Sample = "XunitSample";

    private static readonly (string Name, Func<Parts, double> Part)[] s_parts =
    [
        ("dotnet-test", run => run.Sdk), ("framework", run => run.Framework), ("start", run => run.Start), ("fixture", run => run.Fixture),
        ("connect", run => run.Connect), ("query", run => run.Query),
    ];

    public static async Task RunAsync(Report report)
    {
        List<Parts> runs = [];
        for (int run = -1; run < Runs; run++)
        {
            Parts parts = await MeasureAsync();
            if (run >= 0)
                runs.Add(parts);
        }

        report.Add("fixture-warm-run", "ms", [.. runs.Select(run => run.Total)]);
        foreach ((string name, Func<Parts, double> part) in s_parts)
            report.Add($"fixture-warm-run.{name}", "ms", [.. runs.Select(part)]);
    }

    private static async Task<Parts> MeasureAsync()
    {
        string events = Path.GetTempFileName();
        try
        {
            DateTime begun = DateTime.UtcNow;
            await TestAsync(events);
            return Parts.Of(begun, WarmRunEvents.Read(events));
        }
        finally
        {
            File.Delete(events);
        }
    }

    private static async Task TestAsync(string events)
    {
        var start = new ProcessStartInfo("dotnet", ["test", "-c", "Release", "--no-ansi"])
        {
            WorkingDirectory = LocalImages.SampleFolder(Sample),
            RedirectStandardOutput = true,
            Environment =
            {
                [WarmRunEvents.Variable] = events,
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
                ["ISLET_REQUIRE"] = "1",
            },
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidDataException($"The sample did not pass:{Environment.NewLine}{output}");
    }

    /// <summary>The consecutive parts of the time, in milliseconds.</summary>
    /// <param name="Sdk">
    /// The time until the sample's own process starts: the SDK, the build that finds nothing to do, the test platform.
    /// </param>
    /// <param name="Framework">The time until the fixture starts its container: the process, xUnit's discovery.</param>
    /// <param name="Start">The warm start of Postgres.</param>
    /// <param name="Fixture">
    /// The fixture's work after that: it inserts the rows, takes a checkpoint, and rolls back or forks for the test.
    /// </param>
    /// <param name="Connect">The first connection of a test, with all the work that Npgsql does once in a process.</param>
    /// <param name="Query">The first query of a test.</param>
    private sealed record Parts(double Sdk, double Framework, double Start, double Fixture, double Connect, double Query)
    {
        public double Total => Sdk + Framework + Start + Fixture + Connect + Query;

        public static Parts Of(DateTime begun, IReadOnlyList<WarmRunEvent> events)
        {
            WarmRunEvent answer = events
                .Where(happened => happened.What.StartsWith("Npgsql postgresql", StringComparison.Ordinal))
                .MinBy(happened => happened.Ended)
                ?? throw new InvalidDataException("No test has asked its database.");
            WarmRunEvent Last(string beginning, string containing) => events.Last(happened =>
                happened.Begun < answer.Begun && happened.What.StartsWith(beginning, StringComparison.Ordinal)
                && happened.What.Contains(containing, StringComparison.Ordinal));

            WarmRunEvent process = Last("process", Sample + ".dll");
            WarmRunEvent start = Last("Islet container.start", "postgres"), connection = Last("Npgsql CONNECT", "");
            return new Parts(
                Span(begun, process.Begun), Span(process.Begun, start.Begun), Span(start.Begun, start.Ended),
                Span(start.Ended, connection.Begun),
                Span(connection.Begun, answer.Begun), Span(answer.Begun, answer.Ended));
        }

        private static double Span(DateTime from, DateTime to) => (to - from).TotalMilliseconds;
    }
}
