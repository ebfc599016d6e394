namespace Islet.Guest.Linux;

/// <summary>What one act on the container's tree is; the numbers are those of launcher.h.</summary>
internal enum LaunchOperation : uint
{
    Mount = 1,
    Node,
    Symlink,
    Write,
    Mask,
    ReadOnly,
    Attributes,
}

/// <summary>One act on the container's tree, done from inside it. See launcher.h for which operation uses what.</summary>
internal sealed record LaunchStep(LaunchOperation Operation, string Target)
{
    public ulong Flags { get; init; }

    public string? Source { get; init; }

    public string? Type { get; init; }

    public string? Data { get; init; }
}

/// <summary>A resource limit, by the kernel's number.</summary>
internal readonly record struct ResourceLimit(uint Resource, ulong Soft, ulong Hard);

/// <summary>Everything that the launcher needs to know about a process before it forks.</summary>
internal sealed class LaunchPlan
{
    /// <summary>The directory to make the root of a new container; null: join the one of <see cref="Container"/>.</summary>
    public string? Root { get; init; }

    /// <summary>The pidfd of the container's first process, to join.</summary>
    public Descriptor? Container { get; init; }

    public List<LaunchStep> Steps { get; init; } = [];

    /// <summary>What happens to the tree only when the process starts, after files were copied in.</summary>
    public List<LaunchStep> StartSteps { get; init; } = [];

    public List<ResourceLimit> Limits { get; init; } = [];

    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyList<string> Environment { get; init; }

    public required string WorkingDirectory { get; init; }

    public required uint User { get; init; }

    public required uint Group { get; init; }

    public required uint[] Groups { get; init; }

    /// <summary>One bit for each capability.</summary>
    public ulong Capabilities { get; init; }

    /// <summary>A program of struct sock_filter; empty: unconfined.</summary>
    public byte[] Seccomp { get; init; } = [];

    public bool NoNewPrivileges { get; init; }

    public int OomScoreAdjust { get; init; }

    public bool Terminal { get; init; }

    public uint Rows { get; init; }

    public uint Columns { get; init; }

    /// <summary>Does the process wait, prepared, for a byte on its start pipe?</summary>
    public bool WaitsForStart { get; init; }
}
