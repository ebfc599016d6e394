using Microsoft.Win32.SafeHandles;

namespace Islet.Native.Posix;

/// <summary>
/// An advisory lock (<c>flock</c>) that ends with its holder, however that ends. .NET's own sharing locks are the same call, but
/// can be switched off by configuration, and whether a directory is in use must not depend on that.
/// </summary>
internal static class FileLock
{
    private const int Exclusive = 2;
    private const int NonBlocking = 4;

    /// <summary>Takes the lock for as long as the handle is open, or finds that another process has it.</summary>
    public static bool TryTake(SafeFileHandle file) => Libc.Flock(file, Exclusive | NonBlocking) == 0;
}
