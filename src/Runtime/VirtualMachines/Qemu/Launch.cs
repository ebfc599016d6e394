using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachines.Qemu;

/// <summary>Everything that a machine's QEMU is started from.</summary>
/// <param name="Installation">The QEMU.</param>
/// <param name="Accelerator">What runs the guest's instructions.</param>
/// <param name="Options">What the machine is.</param>
/// <param name="Shape">What a saved state of it can be restored as.</param>
/// <param name="Run">Where the machine's directory is made.</param>
internal sealed record Launch(
    QemuInstallation Installation, Accelerator Accelerator, VirtualMachineOptions Options, string Shape, RunDirectory Run)
{
    /// <summary>What the guest's memory is kept in.</summary>
    public GuestMemory Memory { get; init; } = GuestMemory.Anonymous;

    /// <summary>Whether it boots, or waits for a saved state.</summary>
    public bool WaitsForSavedState { get; init; }

    /// <summary>Whether it stands still until it is given its disk.</summary>
    public bool IsSpare { get; init; }

    /// <summary>QEMU's arguments.</summary>
    public CommandLine CommandLineIn(MachineDirectory directory) => new()
    {
        Machine = Options,
        OverlayPath = IsSpare ? directory.PlaceholderDisk : directory.RootDisk,
        Accelerator = Accelerator,
        Memory = Memory,
        WaitsForSavedState = WaitsForSavedState,
        IsSpare = IsSpare,
    };
}
