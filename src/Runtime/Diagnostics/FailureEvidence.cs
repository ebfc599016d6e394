using System.Text;
using Islet.Diagnostics;

namespace Islet;

/// <summary>The observations around a failure, attached to an <see cref="IsletException"/>.</summary>
public sealed record FailureEvidence
{
    // The limits of a message, in characters: some kilobytes, however much the container has written.
    private const int LongestTail = 4000, LongestLine = 500;

    /// <summary>No evidence.</summary>
    public static FailureEvidence None { get; } = new();

    /// <summary>The image, as the caller named it.</summary>
    public string? Image { get; init; }

    /// <summary>
    /// The container's last log lines (both streams, oldest first; 50 at most, 64 Ki characters at most), unchanged. The exception's
    /// message shows fewer and shorter ones, without control sequences for a terminal or commands for a build server.
    /// </summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];

    /// <summary>The last lines of the machine's console: kernel and agent (oldest first; 50 at most).</summary>
    public IReadOnlyList<string> ConsoleTail { get; init; } = [];

    /// <summary>The phases that the start reached, and the time that each took.</summary>
    public StartupTimeline? Timeline { get; init; }

    /// <summary>Whether there is nothing to show.</summary>
    public bool IsEmpty => Image is null && LogTail.Count == 0 && ConsoleTail.Count == 0 && Timeline is null;

    /// <summary>
    /// Makes this the evidence of an exception. The console's tail of that exception stays: the failed step may have seen it before there
    /// was a container to ask.
    /// </summary>
    internal void AttachTo(IsletException exception) => exception.Evidence = this with
    {
        ConsoleTail = exception.Evidence.ConsoleTail is { Count: > 0 } seen ? seen : ConsoleTail,
    };

    internal void AppendTo(StringBuilder text)
    {
        if (Image is not null)
            text.AppendLine().Append("  image: ").Append(Image);
        if (Timeline is not null)
            text.AppendLine().Append("  timeline: ").Append(Timeline);
        AppendLines(text, "the container's last log lines", LogTail);
        AppendLines(text, "the machine's last console lines", ConsoleTail);
    }

    private static void AppendLines(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;

        // The last lines are the most useful.
        int first = lines.Count;
        for (int length = 0; first > 0 && (length += Math.Min(lines[first - 1].Length, LongestLine)) <= LongestTail;)
            first--;
        text.AppendLine().Append("  ").Append(title);
        if (first > 0)
            text.Append($" ({first} earlier ones are left out)");
        text.Append(':');
        for (int i = first; i < lines.Count; i++)
            text.AppendLine().Append("    | ").Append(HarmlessText.Line(lines[i], LongestLine));
    }
}
