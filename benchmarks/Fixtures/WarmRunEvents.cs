using System.Globalization;

namespace Islet.Benchmarks;

/// <summary>Something that happened in a process below `dotnet test`.</summary>
/// <param name="Begun">When it began.</param>
/// <param name="Ended">When it ended; of a process, when its Main was about to run.</param>
/// <param name="What">The process's program, or an activity's source and name.</param>
internal sealed record WarmRunEvent(DateTime Begun, DateTime Ended, string What);

/// <summary>What <see cref="StartupHook"/> has written.</summary>
internal static class WarmRunEvents
{
    /// <summary>Names the file.</summary>
    public const string Variable = "ISLET_BENCHMARK_EVENTS";

    /// <summary>Reads the events in the order in which they began.</summary>
    public static IReadOnlyList<WarmRunEvent> Read(string path) =>
    [
        .. File.ReadLines(path).Select(line => line.Split('\t')).Select(fields => new WarmRunEvent(Time(fields[0]), Time(fields[1]), fields[2]))
            .OrderBy(happened => happened.Begun),
    ];

    private static DateTime Time(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), DateTimeKind.Utc);
}
