namespace Islet.VirtualMachines;

/// <summary>What becomes of a restored machine's writes to its memory.</summary>
internal enum RestoreMode
{
    /// <summary>
    /// The saved file is mapped copy-on-write: any number of machines stand on it at once, share what they only read, and leave it as it is.
    /// </summary>
    Private,

    /// <summary>
    /// <see cref="VirtualMachineOptions.MemoryFilePath"/> is a copy of the saved file and is written by this machine alone, which can
    /// therefore be frozen again at the cost of its devices' state only.
    /// </summary>
    OwnFile,
}
