using System.Globalization;

namespace Islet.Benchmarks;

/// <summary>An event in a process below `dotnet test`.</summary>
/// <param name="Begun">The time at which it began.</param>
/// <param name="Ended">The time at which it ended; for a process, the time right before its Main.</param>
/// <param name="What">The program of a process, or the source and name of an activity.</param>
internal sealed record WarmRunEvent(DateTime Begun, DateTime Ended, string What);

/// <summary>The events that <see cref="StartupHook"/> has written.</summary>
internal static class WarmRunEvents
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "ISLET_BENCHMARK_EVENTS";

    /// <summary>Reads the events in the order in which they began.</summary>
    public static IReadOnlyList<WarmRunEvent> Read(string path) =>
    [
        .. File.ReadLines(path)
            .Select(line => line.Split('\t')).Select(fields => new WarmRunEvent(Time(fields[0]), Time(fields[1]), fields[2]))
            .OrderBy(happened => happened.Begun),
    ];

    private static DateTime Time(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), DateTimeKind.Utc);
}
