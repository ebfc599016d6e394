namespace Islet.Aspire.Exec;

/// <summary>A process to be started in a container.</summary>
internal sealed record ExecRequest
{
    /// <summary>The container's id.</summary>
    public required string Container { get; init; }

    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Additional environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The user; <see langword="null"/>: the container's user.</summary>
    public string? User { get; init; }

    /// <summary>The working directory; <see langword="null"/>: the container's directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether the process gets all capabilities.</summary>
    public bool Privileged { get; init; }

    /// <summary>Whether input is passed on to the process.</summary>
    public bool Interactive { get; init; }

    /// <summary>Whether the process has a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>The terminal's width.</summary>
    public int Columns { get; init; }

    /// <summary>The terminal's height.</summary>
    public int Rows { get; init; }
}
