namespace Islet.VirtualMachines;

/// <summary>A frozen machine on disk, without the disk it had. Both files are never written again.</summary>
/// <param name="MemoryPath">Its memory, byte for byte; sparse.</param>
/// <param name="StatePath">The state of its processors and devices, some tens of KiB, with a checksum.</param>
/// <param name="Shape">What it can be restored as: <see cref="IVirtualMachineBackend.GetShape"/> of the machine that was frozen.</param>
internal sealed record SavedMachine(string MemoryPath, string StatePath, string Shape);
