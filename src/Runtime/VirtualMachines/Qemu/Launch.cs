using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachines.Qemu;

/// <summary>All inputs for the start of a machine's QEMU.</summary>
/// <param name="Installation">The QEMU to start.</param>
/// <param name="Accelerator">The accelerator that runs the guest's instructions.</param>
/// <param name="Options">The options of the machine.</param>
/// <param name="Shape">The shape that a saved state of the machine can be restored as.</param>
/// <param name="Run">The run directory, in which the machine's directory is created.</param>
internal sealed record Launch(
    QemuInstallation Installation, Accelerator Accelerator, VirtualMachineOptions Options, string Shape, RunDirectory Run)
{
    /// <summary>The storage of the guest's memory.</summary>
    public GuestMemory Memory { get; init; } = GuestMemory.Anonymous;

    /// <summary>Whether the machine waits for a saved state, instead of booting.</summary>
    public bool WaitsForSavedState { get; init; }

    /// <summary>Whether the machine does not run before it is told to, even when it has its saved state.</summary>
    public bool StartsHalted { get; init; }

    /// <summary>Whether the machine has a placeholder instead of its disk, until it gets the disk.</summary>
    public bool DiskAttachedLater { get; init; }

    /// <summary>Returns QEMU's arguments.</summary>
    public CommandLine CommandLineIn(MachineDirectory directory) => new()
    {
        Machine = Options,
        OverlayPath = DiskAttachedLater ? directory.PlaceholderDisk : directory.RootDisk,
        Accelerator = Accelerator,
        Memory = Memory,
        WaitsForSavedState = WaitsForSavedState,
        StartsHalted = StartsHalted,
        DiskAttachedLater = DiskAttachedLater,
        User = UnprivilegedUser.OfMachines,
        Version = Installation.Version,
    };
}
