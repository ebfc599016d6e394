namespace Islet.VirtualMachines.Qemu;

/// <summary>The file that is a machine's memory.</summary>
internal static class MemoryFile
{
    /// <summary>Makes the file, all holes, or finds it there with the size it must have.</summary>
    /// <exception cref="VirtualMachineException">There is one of another size.</exception>
    /// <exception cref="StorageException">It can't be made.</exception>
    public static void Ensure(string path, MemorySize memory)
    {
        long length = LengthFor(memory);
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            if (file.Length == 0)
                file.SetLength(length);
            else if (file.Length != length)
                throw new VirtualMachineException($"The memory file {path} has {file.Length} bytes, where a machine with {memory} needs {length}. Remove it.");
        }
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw StorageException.FromWrite(error, path);
        }
    }

    /// <summary>QEMU would fail on another size only after it was started, or not at all.</summary>
    /// <exception cref="SavedMachineException">The file is missing, or has another size.</exception>
    public static void Require(string path, MemorySize memory)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new SavedMachineException($"The saved machine can't be restored: its memory file {path} does not exist.");
        if (file.Length != LengthFor(memory))
            throw new SavedMachineException($"The saved machine can't be restored: its memory file {path} has {file.Length} bytes in place of {LengthFor(memory)}.");
    }

    /// <summary>
    /// What it means when QEMU got SIGBUS: a page of a mapped file could not be given a block. Linux says that in no other way.
    /// </summary>
    public static StorageException NoSpace(string path) => new(
        $"There is no space left for the machine's memory, which is in the file {path}; QEMU was ended by that. "
        + "Free some, or set ISLET_CACHE to a directory on a larger disk.");

    private static long LengthFor(MemorySize memory) => memory.TotalMebibytes << 20;
}
