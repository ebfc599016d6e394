namespace Islet.VirtualMachines.Qemu;

/// <summary>The file that holds a machine's memory.</summary>
internal static class MemoryFile
{
    /// <summary>Creates the file, all holes, or checks that an existing one has the right size.</summary>
    /// <exception cref="VirtualMachineException">The file exists with another size.</exception>
    /// <exception cref="StorageException">The file can't be created.</exception>
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
                throw new VirtualMachineException(
                    $"The memory file {path} has {file.Length} bytes, where a machine with {memory} needs {length}. Remove it.");
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, path);
        }
    }

    /// <summary>Checks the file's size. QEMU would fail on another size only after its start, or not at all.</summary>
    /// <exception cref="SavedMachineException">The file is missing, or has another size.</exception>
    public static void Require(string path, MemorySize memory)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new SavedMachineException($"The saved machine can't be restored: its memory file {path} does not exist.");
        if (file.Length != LengthFor(memory))
            throw new SavedMachineException(
                $"The saved machine can't be restored: its memory file {path} has {file.Length} bytes instead of {LengthFor(memory)}.");
    }

    /// <summary>
    /// Returns the error that SIGBUS in QEMU means: a page of a mapped file could not get a block. Linux reports that in no other way.
    /// </summary>
    public static StorageException NoSpace(string path) => new(
        $"There is no space left for the machine's memory, which is in the file {path}; QEMU was ended by that. "
        + "Free some, or set ISLET_CACHE to a directory on a larger disk.");

    private static long LengthFor(MemorySize memory) => memory.TotalMebibytes << 20;
}
