using Islet.Description;
using Islet.Engine;
using Islet.Snapshots;
using Islet.VirtualMachines;

namespace Islet.Starting;

/// <summary>
/// The complete description of a container before there is a machine for it. Forks share it with the container that they come from.
/// </summary>
internal sealed record ContainerBlueprint
{
    // The memory of the machine's kernel, its page tables and the agent, in addition to the memory promised to the container.
    internal static readonly MemorySize Overhead = MemorySize.FromMebibytes(64);

    public required ContainerOptions Options { get; init; }

    public required ImageConfig ImageConfig { get; init; }

    public required Digest ImageDigest { get; init; }

    public required ProcessSettings Process { get; init; }

    /// <summary>The program that runs the image's programs in the machine, which has another architecture.</summary>
    public Translator? Translator { get; init; }

    /// <summary>The memory that the container's processes may use.</summary>
    public required MemorySize Memory { get; init; }

    /// <summary>The machine, based on the image's disk.</summary>
    public required VirtualMachineOptions Machine { get; init; }

    public string Name => Options.Name ?? ContainerName.From(Options.Image);

    /// <summary>Creates a blueprint.</summary>
    /// <param name="engine">The engine, whose defaults fill in the options that are not set.</param>
    /// <param name="options">The caller's options.</param>
    /// <param name="guest">The kernel and the initramfs that the machine boots.</param>
    /// <param name="imageDigest">The digest of the image's manifest.</param>
    /// <param name="imageConfig">The image's configuration.</param>
    /// <param name="process">The container's process.</param>
    /// <param name="disk">The image's disk.</param>
    public static ContainerBlueprint Create(
        RuntimeEngine engine, ContainerOptions options, GuestArtifacts guest, Digest imageDigest, ImageConfig imageConfig,
        ProcessSettings process, string disk)
    {
        MemorySize memory = options.Memory ?? engine.DefaultMemory;
        return new ContainerBlueprint
        {
            Options = options,
            ImageConfig = imageConfig,
            ImageDigest = imageDigest,
            Process = process,
            Translator = guest.Translator,
            Memory = memory,
            Machine = new VirtualMachineOptions
            {
                Name = ContainerName.ForMachine(options.Name ?? ContainerName.From(options.Image)),
                Architecture = guest.Architecture,
                KernelPath = guest.KernelPath,
                InitramfsPath = guest.InitramfsPath,
                KernelArguments = options.KernelArguments,
                Memory = MemorySize.FromBytes(memory.Bytes + Overhead.Bytes),
                Cpus = options.Cpus ?? engine.DefaultCpus,
                RootDisk = new DiskImage(disk),
            },
        };
    }

    /// <summary>Returns the machine, based on a snapshot.</summary>
    public VirtualMachineOptions MachineOn(SnapshotLease baseSnapshot) =>
        Machine with { RootDisk = baseSnapshot.Disk };
}
