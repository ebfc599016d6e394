using Islet.Description;
using Islet.Engine;
using Islet.Images;
using Islet.Snapshots;
using Islet.VirtualMachines;

namespace Islet.Starting;

/// <summary>All that is known of a container before there is a machine for it; forks share it with the container they come from.</summary>
internal sealed record ContainerBlueprint
{
    // What the machine's kernel, its page tables and the agent need beside what the container was promised.
    internal static readonly MemorySize Overhead = MemorySize.Mebibytes(64);

    public required ContainerOptions Options { get; init; }

    public required ImageConfig ImageConfig { get; init; }

    public required Digest ImageDigest { get; init; }

    public required ProcessDefaults Process { get; init; }

    /// <summary>The memory that the container's processes may use.</summary>
    public required MemorySize Memory { get; init; }

    /// <summary>The machine, standing on the image's disk.</summary>
    public required VirtualMachineOptions Machine { get; init; }

    public string Name => Options.Name ?? ContainerName.From(Options.Image);

    /// <summary>Puts it together.</summary>
    /// <param name="engine">Says what the options leave open.</param>
    /// <param name="options">What the caller asked for.</param>
    /// <param name="imageDigest">The digest of the image's manifest.</param>
    /// <param name="imageConfig">The image's configuration.</param>
    /// <param name="process">The container's process.</param>
    /// <param name="disk">The image's disk.</param>
    /// <exception cref="VirtualMachineException">The guest's files are missing.</exception>
    public static ContainerBlueprint Create(
        RuntimeEngine engine, ContainerOptions options, Digest imageDigest, ImageConfig imageConfig, ProcessDefaults process, string disk)
    {
        GuestArtifacts guest = GuestArtifacts.Locate(engine.Guest, options.KernelPath);
        MemorySize memory = options.Memory ?? engine.DefaultMemory;
        return new ContainerBlueprint
        {
            Options = options,
            ImageConfig = imageConfig,
            ImageDigest = imageDigest,
            Process = process,
            Memory = memory,
            Machine = new VirtualMachineOptions
            {
                Name = ContainerName.ForMachine(options.Name ?? ContainerName.From(options.Image)),
                KernelPath = guest.KernelPath,
                InitramfsPath = guest.InitramfsPath,
                KernelArguments = options.KernelArguments,
                Memory = MemorySize.FromBytes(memory.Bytes + Overhead.Bytes),
                Cpus = options.Cpus ?? engine.DefaultCpus,
                RootDiskPath = disk,
            },
        };
    }

    /// <summary>The machine, standing on what was frozen.</summary>
    public VirtualMachineOptions MachineOn(SnapshotLease foundation) =>
        Machine with { RootDiskPath = foundation.DiskPath, RootDiskFormat = DiskFormat.Qcow2 };
}
