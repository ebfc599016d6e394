namespace Islet;

// The resources of the machine and of the container's cgroup.
public abstract partial class ContainerBuilder<TBuilder, TContainer>
{
    // Docker's own minimum. With less memory not even a shell starts.
    private static readonly MemorySize s_leastMemory = MemorySize.FromMebibytes(6);

    /// <summary>
    /// Sets the memory that the container's processes may use. The machine gets a little more, for its kernel and agent. Default: 512 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 6 MiB, Docker's own minimum.</exception>
    public TBuilder WithMemory(MemorySize memory)
    {
        if (memory < s_leastMemory)
        {
            throw new ArgumentOutOfRangeException(
                nameof(memory), memory, $"A container can't run in {memory} of memory: give it at least {s_leastMemory}.");
        }

        return With(_options with { Memory = memory });
    }

    /// <summary>Sets the number of virtual CPUs. Default: 1.</summary>
    public TBuilder WithCpus(int cpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1);
        return With(_options with { Cpus = cpus });
    }

    /// <summary>Limits the CPU time of the container, in CPUs: 0.5 is half of one. Default: all of the machine's CPUs.</summary>
    public TBuilder WithCpuLimit(double cpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(cpus, 0);
        return With(_options with { CpuLimit = cpus });
    }

    /// <summary>
    /// Limits the number of processes and threads of the container. Default: 2048, as in podman; <see cref="int.MaxValue"/>: as many as its
    /// machine can have.
    /// </summary>
    public TBuilder WithPidsLimit(int pids)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pids, 1);
        return With(_options with { PidsLimit = pids });
    }

    /// <summary>Sets the size of /dev/shm. Default: 64 MiB.</summary>
    public TBuilder WithSharedMemory(MemorySize size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(size.Bytes, 0, nameof(size));
        return With(_options with { SharedMemory = size });
    }

    /// <summary>Mounts a tmpfs.</summary>
    /// <param name="path">The path to mount it at, absolute.</param>
    /// <param name="size">The most that it can hold. Default: half of the machine's memory.</param>
    /// <param name="mode">The root directory's permissions. Default: 1777.</param>
    public TBuilder WithTmpfs(string path, MemorySize? size = null, UnixFileMode? mode = null)
    {
        CheckPath(path);
        return With(_options with
        {
            Tmpfs = [.. _options.Tmpfs.Where(mount => mount.Path != path), new TmpfsMount(path, size, mode)],
        });
    }

    /// <summary>Makes the root filesystem read-only for the container. Files copied in before the start are still written.</summary>
    public TBuilder WithReadOnlyRoot() => With(_options with { ReadOnlyRoot = true });

    /// <summary>Sets a limit of setrlimit(2).</summary>
    /// <param name="type"><c>nofile</c> or <c>RLIMIT_NOFILE</c>.</param>
    /// <param name="soft">The limit in force; <see cref="ulong.MaxValue"/> for none.</param>
    /// <param name="hard">The value up to which the process may raise it. Default: the soft limit.</param>
    public TBuilder WithResourceLimit(string type, ulong soft, ulong? hard = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        string name = type.ToUpperInvariant();
        if (!name.StartsWith("RLIMIT_", StringComparison.Ordinal))
            name = "RLIMIT_" + name;
        return With(_options with
        {
            ResourceLimits = [.. _options.ResourceLimits.Where(limit => limit.Type != name), new ResourceLimit(name, soft, hard ?? soft)],
        });
    }

    /// <summary>
    /// Sets a kernel parameter of sysctl(8), such as <c>net.core.somaxconn</c>. The kernel is the container's own: any may be set.
    /// </summary>
    public TBuilder WithSysctl(string name, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return With(_options with { Sysctls = _options.Sysctls.SetItem(name, value) });
    }

    /// <summary>
    /// Boots another kernel than Islet's own: an uncompressed ELF <c>vmlinux</c> with PVH (x86-64) or an <c>Image</c> (arm64).
    /// </summary>
    /// <remarks>The agent needs nf_tables with the netdev family and its egress hook, and starts no container without them.</remarks>
    public TBuilder WithKernel(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return With(_options with { KernelPath = Path.GetFullPath(path) });
    }

    /// <summary>Adds arguments to the kernel's command line.</summary>
    public TBuilder WithKernelArguments(string arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return With(_options with { KernelArguments = CheckText(arguments, "kernel command line") });
    }
}
