namespace Islet.Guest.Linux;

/// <summary>The kinds of operations on the container's tree; the numbers are those of launcher.h.</summary>
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

/// <summary>One operation on the container's tree, done from inside it. See launcher.h for the fields that each operation uses.</summary>
internal sealed record LaunchStep(LaunchOperation Operation, string Target)
{
    public ulong Flags { get; init; }

    public string? Source { get; init; }

    public string? Type { get; init; }

    public string? Data { get; init; }
}

/// <summary>A resource limit, by the kernel's number.</summary>
internal readonly record struct ResourceLimit(uint Resource, ulong Soft, ulong Hard);

/// <summary>All facts about a process that the launcher needs before it forks.</summary>
internal sealed class LaunchPlan
{
    /// <summary>The directory that becomes the root of a new container; null: join the container of <see cref="Container"/>.</summary>
    public string? Root { get; init; }

    /// <summary>The pidfd of the first process of the container to join.</summary>
    public Descriptor? Container { get; init; }

    public List<LaunchStep> Steps { get; init; } = [];

    /// <summary>The operations on the tree that wait until the process starts, after files were copied in.</summary>
    public List<LaunchStep> StartSteps { get; init; } = [];

    public List<ResourceLimit> Limits { get; init; } = [];

    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyList<string> Environment { get; init; }

    public required string WorkingDirectory { get; init; }

    public required uint User { get; init; }

    public required uint Group { get; init; }

    public required uint[] Groups { get; init; }

    /// <summary>The capabilities, one bit for each.</summary>
    public ulong Capabilities { get; init; }

    /// <summary>A program of struct sock_filter; empty: unconfined.</summary>
    public byte[] Seccomp { get; init; } = [];

    public bool NoNewPrivileges { get; init; }

    public int OomScoreAdjust { get; init; }

    public bool Terminal { get; init; }

    public uint Rows { get; init; }

    public uint Columns { get; init; }

    /// <summary>Whether the prepared process waits for a byte on its start pipe.</summary>
    public bool WaitsForStart { get; init; }
}
