namespace Islet;

/// <summary>The two outputs of a process.</summary>
[Flags]
public enum OutputStreams
{
    /// <summary>The standard output; also all output of a process with a terminal.</summary>
    Stdout = 1,

    /// <summary>The standard error.</summary>
    Stderr = 2,

    /// <summary>Both outputs.</summary>
    Both = Stdout | Stderr,
}

/// <summary>One line that the container's process wrote.</summary>
/// <param name="Timestamp">The time at which its end arrived at the host.</param>
/// <param name="Stream"><see cref="OutputStreams.Stdout"/> or <see cref="OutputStreams.Stderr"/>.</param>
/// <param name="Text">The line as UTF-8 text, without its line break.</param>
/// <param name="IsPartial">
/// <see langword="true"/> for a piece of a line of more than 64 KiB: the line continues in the next <see cref="LogLine"/> of the same
/// stream.
/// </param>
public readonly record struct LogLine(DateTimeOffset Timestamp, OutputStreams Stream, string Text, bool IsPartial = false);

/// <summary>The choice of the log lines to read.</summary>
public sealed record LogOptions
{
    /// <summary>Whether to go on with new lines until the process has ended. Default: no, stop at the last line there is now.</summary>
    public bool Follow { get; init; }

    /// <summary>The output to read. Default: both, in the order of arrival.</summary>
    public OutputStreams Streams { get; init; } = OutputStreams.Both;

    /// <summary>The time at or after which lines must have arrived.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The time before which lines must have arrived; a follower ends at that time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The number of lines, of those there are now, to begin with at most. Default: all.</summary>
    public int? Tail { get; init; }
}
