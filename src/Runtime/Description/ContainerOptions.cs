using System.Collections.Immutable;

namespace Islet.Description;

/// <summary>All settings of a <see cref="ContainerBuilder"/>. Immutable, so that a builder can be a starting point for many.</summary>
internal sealed record ContainerOptions
{
    public required ImageReference Image { get; init; }
    public Platform Platform { get; init; } = Platform.Host;
    public Emulation Emulation { get; init; }
    public PullPolicy PullPolicy { get; init; } = PullPolicy.Missing;
    public IProgress<ImageProgress>? ImageProgress { get; init; }
    public Action<StartupPhase>? PhaseChanged { get; init; }

    public string? Name { get; init; }
    public string? Hostname { get; init; }
    public ImmutableArray<string>? Entrypoint { get; init; }
    public ImmutableArray<string>? Command { get; init; }
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;
    public string? WorkingDirectory { get; init; }
    public string? User { get; init; }
    public ImmutableArray<string> AdditionalGroups { get; init; } = [];
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;
    public TerminalSize? Terminal { get; init; }
    public bool OpenStdin { get; init; }
    public ContainerSignal? StopSignal { get; init; }

    public MemorySize? Memory { get; init; }
    public int? Cpus { get; init; }
    public double? CpuLimit { get; init; }
    public int? PidsLimit { get; init; }
    public MemorySize? SharedMemory { get; init; }
    public ImmutableArray<TmpfsMount> Tmpfs { get; init; } = [];
    public bool ReadOnlyRoot { get; init; }
    public ImmutableArray<ContainerFile> Files { get; init; } = [];
    public ImmutableArray<HostCopy> Copies { get; init; } = [];
    public ImmutableArray<HostArchive> Archives { get; init; } = [];

    public ImmutableArray<string> AddedCapabilities { get; init; } = [];
    public ImmutableArray<string> DroppedCapabilities { get; init; } = [];
    public bool Privileged { get; init; }
    public bool NoNewPrivileges { get; init; }
    public SeccompProfile? Seccomp { get; init; }
    public ImmutableArray<ResourceLimit> ResourceLimits { get; init; } = [];
    public ImmutableDictionary<string, string> Sysctls { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableArray<PortBinding> Ports { get; init; } = [];
    public bool Network { get; init; } = true;
    public ImmutableArray<HostPortBinding> HostPorts { get; init; } = [];
    public ImmutableDictionary<string, string> ExtraHosts { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The path of a socket for tools that look at the agent. A fork has none of its own: the path is taken.</summary>
    public string? AgentSocket { get; init; }
    public string? KernelPath { get; init; }
    public string KernelArguments { get; init; } = "";

    public bool WillBeCheckpointed { get; init; }
    public bool WarmStart { get; init; }

    public WaitStrategy? Wait { get; init; }
    /// <summary>The longest time that the wait may take; <see langword="null"/>: the rest of the start timeout.</summary>
    public TimeSpan? ReadyTimeout { get; init; }

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
