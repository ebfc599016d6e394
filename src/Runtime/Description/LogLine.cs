using Islet.Values;

namespace Islet;

/// <summary>Which of a process's two outputs.</summary>
[Flags]
public enum OutputStreams
{
    /// <summary>The standard output; also all output of a process with a terminal.</summary>
    Stdout = 1,

    /// <summary>The standard error.</summary>
    Stderr = 2,

    /// <summary>Both.</summary>
    Both = Stdout | Stderr,
}

/// <summary>One line that the container's process wrote.</summary>
/// <param name="Timestamp">When its end arrived at the host.</param>
/// <param name="Stream"><see cref="OutputStreams.Stdout"/> or <see cref="OutputStreams.Stderr"/>.</param>
/// <param name="Text">The line as UTF-8 text, without its line break.</param>
/// <param name="IsPartial">
/// <see langword="true"/> for a piece of a line of more than 64 KiB: the line goes on in the next <see cref="LogLine"/> of the same stream.
/// </param>
public readonly record struct LogLine(DateTimeOffset Timestamp, OutputStreams Stream, string Text, bool IsPartial = false);

/// <summary>Which log lines to read.</summary>
public sealed record LogOptions
{
    /// <summary>Go on with new lines until the process has ended. Default: stop at the last line there is now.</summary>
    public bool Follow { get; init; }

    /// <summary>From which output. Default: both, in the order of arrival.</summary>
    public OutputStreams Streams { get; init; } = OutputStreams.Both;

    /// <summary>Only lines that arrived at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only lines that arrived before this time; a follower ends there.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Begin with at most this many of the lines there are now. Default: all.</summary>
    public int? Tail { get; init; }
}
