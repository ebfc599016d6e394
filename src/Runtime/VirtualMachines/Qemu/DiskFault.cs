using Islet.VirtualMachines.Qemu.Monitor;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// The fault that the host's disk is full. QEMU then halts the machine instead of failing the guest's writes (<c>werror=enospc</c>). A
/// database would mistake a failed write for a broken disk, and the reason would be lost.
/// </summary>
internal static class DiskFault
{
    /// <summary>Returns the error if an event of the monitor reports this fault; otherwise <see langword="null"/>.</summary>
    public static StorageException? From(QmpEvent happened, string overlayPath) =>
        happened.Name == "BLOCK_IO_ERROR" && happened.Flag("nospace")
            ? new StorageException(
                $"There is no space left on the device that holds the machine's disk {overlayPath}; the machine stands still. " +
                "Free some space and resume it, or set RunDirectory (ISLET_RUN_DIRECTORY) to a directory on a larger disk.")
            : null;
}
