using System.Runtime.InteropServices;

namespace Islet.VirtualMachines;

/// <summary>The parts and properties of one machine.</summary>
internal sealed record VirtualMachineOptions
{
    /// <summary>A short name for logs and process lists; letters, digits and <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture of the machine's processor, kernel and programs. Default: the host's.</summary>
    public Architecture Architecture { get; init; } = RuntimeInformation.OSArchitecture;

    /// <summary>The kernel: an uncompressed ELF <c>vmlinux</c> with a PVH entry on x86-64, an uncompressed <c>Image</c> on arm64.</summary>
    public required string KernelPath { get; init; }

    /// <summary>The initramfs whose <c>/init</c> is the agent.</summary>
    public required string InitramfsPath { get; init; }

    /// <summary>Arguments added after Islet's own on the kernel's command line.</summary>
    public string KernelArguments { get; init; } = "";

    /// <summary>The machine's memory.</summary>
    public required MemorySize Memory { get; init; }

    /// <summary>The number of virtual CPUs.</summary>
    public required int Cpus { get; init; }

    /// <summary>
    /// The file that holds the machine's memory, for a machine that will be saved: saving then writes only its devices' state. The file
    /// belongs to this machine alone. It is created, sparse, if it is missing, and the machine never removes it. <see langword="null"/>:
    /// memory that ends with the machine.
    /// </summary>
    public string? MemoryFilePath { get; init; }

    /// <summary>
    /// The read-only file below the machine's root disk: an image's ext4 file, shared by every machine of the image, or the disk of
    /// another, saved machine. The backend creates the machine's own copy-on-write overlay and never writes to this file.
    /// <see langword="null"/>: an empty disk.
    /// </summary>
    public DiskImage? RootDisk { get; init; }
}
