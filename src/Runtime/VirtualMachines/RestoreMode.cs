namespace Islet.VirtualMachines;

/// <summary>The destination of a restored machine's writes to its memory.</summary>
internal enum RestoreMode
{
    /// <summary>
    /// Maps the saved file copy-on-write. Any number of machines use it at once, share the pages that they only read, and never change it.
    /// </summary>
    Private,

    /// <summary>
    /// Uses <see cref="VirtualMachineOptions.MemoryFilePath"/>, a copy of the saved file that only this machine writes. It can therefore be
    /// saved again at the cost of its devices' state only.
    /// </summary>
    OwnFile,
}
