namespace Islet;

/// <summary>The settings of a process that runs in a container in addition to its own.</summary>
public record ProcessOptions
{
    /// <summary>Environment variables to add to the container's own. A variable of the same name is replaced.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The user: name or id, optionally with <c>:group</c>. Default: the container's.</summary>
    public string? User { get; init; }

    /// <summary>The working directory. Default: the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The size of the process's terminal. A process with a terminal has one output stream. Default: no terminal.</summary>
    public TerminalSize? Terminal { get; init; }

    /// <summary>
    /// Whether the process has all capabilities and no seccomp profile. Default: no, it has the same as the container's own process.
    /// </summary>
    public bool Privileged { get; init; }
}
