namespace Islet;

/// <summary>A terminal's size in characters.</summary>
/// <param name="Columns">Its width.</param>
/// <param name="Rows">Its height.</param>
public readonly record struct TerminalSize(int Columns, int Rows);

/// <summary>The settings of an additional process in a container.</summary>
public sealed record ExecOptions
{
    /// <summary>Environment variables to add to the container's own. A variable of the same name is replaced.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The user: name or id, optionally with <c>:group</c>. Default: the container's.</summary>
    public string? User { get; init; }

    /// <summary>The working directory. Default: the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The size of the process's terminal. A process with a terminal has one output stream. Default: no terminal.</summary>
    public TerminalSize? Terminal { get; init; }

    /// <summary>The stream from which the process's standard input is read, to its end. Default: empty.</summary>
    public Stream? Stdin { get; init; }

    /// <summary>The stream that receives its standard output as it arrives, instead of <see cref="ExecResult.Stdout"/>.</summary>
    public Stream? Stdout { get; init; }

    /// <summary>The stream that receives its standard error as it arrives, instead of <see cref="ExecResult.Stderr"/>.</summary>
    public Stream? Stderr { get; init; }

    /// <summary>
    /// The most of each output that is kept in memory for <see cref="ExecResult"/>. A command that writes more is killed, and the call
    /// fails. For larger outputs set <see cref="Stdout"/> or <see cref="Stderr"/>, which have no limit. Default: 256 MiB.
    /// </summary>
    public MemorySize CaptureLimit { get; init; } = MemorySize.FromMebibytes(256);

    /// <summary>
    /// Whether the process has all capabilities and no seccomp profile. Default: no, it has the same as the container's own process.
    /// </summary>
    public bool Privileged { get; init; }
}
