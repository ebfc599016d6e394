using System.Globalization;
using Islet;
using Spectre.Console;

namespace Quickstart;

internal static class TimelineTable
{
    public static void Show(IReadOnlyDictionary<Container, TimeSpan> firstAnswers)
    {
        Table table = new Table().Title("Where the time went (ms)").AddColumn("phase");
        foreach (Container container in firstAnswers.Keys)
            table.AddColumn(new TableColumn(container.Name).RightAligned());

        string[] phases = [.. firstAnswers.Keys.SelectMany(container => container.Timeline.Phases.Select(phase => phase.Name)).Distinct()];
        foreach (string phase in phases)
            table.AddRow([phase, .. firstAnswers.Keys.Select(container => DurationOf(container, phase))]);
        table.AddEmptyRow();
        table.AddRow(["first answer after", .. firstAnswers.Values.Select(Milliseconds)]);
        AnsiConsole.Write(table);
    }

    private static string DurationOf(Container container, string phase) => container.Timeline.Phases
        .Where(candidate => candidate.Name == phase)
        .Select(candidate => candidate.Duration is { } duration ? Milliseconds(duration) : "?")
        .FirstOrDefault("-");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture);
}
