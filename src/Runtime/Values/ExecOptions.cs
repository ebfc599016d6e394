namespace Islet;

/// <summary>A terminal's size in characters.</summary>
/// <param name="Columns">Its width.</param>
/// <param name="Rows">Its height.</param>
public readonly record struct TerminalSize(int Columns, int Rows);

/// <summary>How a further process runs in a container.</summary>
public sealed record ExecOptions
{
    /// <summary>Environment variables beside, or in place of, the container's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The user: name or id, optionally with <c>:group</c>. Default: the container's.</summary>
    public string? User { get; init; }

    /// <summary>The working directory. Default: the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gives the process a terminal of this size; it then has one output stream. Default: none.</summary>
    public TerminalSize? Terminal { get; init; }

    /// <summary>Where the process's standard input is read from, to its end. Default: empty.</summary>
    public Stream? Stdin { get; init; }

    /// <summary>Where its standard output goes as it comes, in place of <see cref="ExecResult.Stdout"/>.</summary>
    public Stream? Stdout { get; init; }

    /// <summary>Where its standard error goes as it comes, in place of <see cref="ExecResult.Stderr"/>.</summary>
    public Stream? Stderr { get; init; }

    /// <summary>
    /// The most of each output that is kept in memory for <see cref="ExecResult"/>. A command that writes more is killed, and the call fails:
    /// give it <see cref="Stdout"/> or <see cref="Stderr"/>, which have no limit. Default: 256 MiB.
    /// </summary>
    public MemorySize CaptureLimit { get; init; } = MemorySize.Mebibytes(256);

    /// <summary>All of the container's capabilities, and no seccomp profile. Default: what the container's own process has.</summary>
    public bool Privileged { get; init; }
}
