using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>
/// An advisory lock (<c>flock</c>) that ends with its holder, however the holder ends. .NET's own sharing locks use the same call, but a
/// setting can switch them off. The check whether a directory is in use must not depend on that.
/// </summary>
internal static class KernelLock
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int NonBlocking = 4;

    /// <summary>Takes the lock for as long as the handle is open; returns false if another process has it.</summary>
    public static bool TryTake(SafeFileHandle file) => Libc.Flock(file, Exclusive | NonBlocking) == 0;

    /// <summary>
    /// Takes the lock together with others that share it; returns false if another process has it alone. If this handle held it alone, it
    /// becomes a shared lock.
    /// </summary>
    public static bool TryShare(SafeFileHandle file) => Libc.Flock(file, Shared | NonBlocking) == 0;
}
