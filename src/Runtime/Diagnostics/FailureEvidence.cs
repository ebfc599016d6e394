using System.Text;

namespace Islet.Diagnostics;

/// <summary>What was seen around a failure, attached to an <see cref="IsletException"/>.</summary>
public sealed record FailureEvidence
{
    /// <summary>No evidence.</summary>
    public static FailureEvidence None { get; } = new();

    /// <summary>The image, as the caller named it.</summary>
    public string? Image { get; init; }

    /// <summary>The container's last log lines (both streams, oldest first; 50 at most).</summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];

    /// <summary>The last lines of the machine's console: kernel and agent (oldest first; 50 at most).</summary>
    public IReadOnlyList<string> ConsoleTail { get; init; } = [];

    /// <summary>How far the start came, and how long each phase took.</summary>
    public StartupTimeline? Timeline { get; init; }

    /// <summary>Is there nothing to show?</summary>
    public bool IsEmpty => Image is null && LogTail.Count == 0 && ConsoleTail.Count == 0 && Timeline is null;

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

        text.AppendLine().Append("  ").Append(title).Append(':');
        foreach (string line in lines)
            text.AppendLine().Append("    ").Append(line);
    }
}
