using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>
/// An advisory lock (<c>flock</c>) that ends with its holder, however that ends. .NET's own sharing locks are the same call, but
/// can be switched off by configuration, and whether a directory is in use must not depend on that.
/// </summary>
internal static class KernelLock
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int NonBlocking = 4;

    /// <summary>Takes the lock for as long as the handle is open, or finds that another process has it.</summary>
    public static bool TryTake(SafeFileHandle file) => Libc.Flock(file, Exclusive | NonBlocking) == 0;

    /// <summary>
    /// Takes the lock together with others that share it, or finds that somebody has it alone. Held alone by this handle, it becomes
    /// a shared one.
    /// </summary>
    public static bool TryShare(SafeFileHandle file) => Libc.Flock(file, Shared | NonBlocking) == 0;
}
