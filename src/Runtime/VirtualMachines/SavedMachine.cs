namespace Islet.VirtualMachines;

/// <summary>A saved machine on disk, without its own disk. Both files are never written again.</summary>
/// <param name="MemoryPath">The file with its memory, byte for byte; sparse.</param>
/// <param name="StatePath">The file with the state of its processors and devices, some tens of KiB, with a checksum.</param>
/// <param name="Shape">
/// The shape that it can be restored as: <see cref="IVirtualMachineBackend.GetShape"/> of the machine that was saved.
/// </param>
internal sealed record SavedMachine(string MemoryPath, string StatePath, string Shape);
