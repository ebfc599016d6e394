using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>MS_* of mount(2).</summary>
[Flags]
internal enum MountFlags : uint
{
    None = 0,
    ReadOnly = 1,
    NoSetUserId = 2,
    NoDevices = 4,
    NoExecute = 8,
    Synchronous = 16,
    Remount = 32,
    DirectorySynchronous = 128,
    NoAccessTimes = 1024,
    NoDirectoryAccessTimes = 2048,
    Bind = 4096,
    Move = 8192,
    Recursive = 16384,
    Private = 1 << 18,
    RelativeAccessTimes = 1 << 21,
    StrictAccessTimes = 1 << 24,
}

/// <summary>Mounting, as the calling thread sees the tree.</summary>
internal static class Mounts
{
    private const int Detach = 2;

    public static void Mount(string? source, string target, string? type, MountFlags flags, string? data = null)
    {
        if (Libc.mount(source, target, type, (nuint)flags, data) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"mount {type ?? source} on {target}");
    }

    public static void Unmount(string target)
    {
        if (Libc.umount2(target, 0) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"unmount {target}");
    }

    public static bool TryUnmount(string target) => Libc.umount2(target, 0) == 0;

    public static void TryDetach(string target) => _ = Libc.umount2(target, Detach);

    /// <summary>
    /// Makes the root a mount that has a parent. The initramfs has none, and pivot_root refuses to move a root without: so the same
    /// tree is bound over itself, and the agent moves onto that.
    /// </summary>
    public static void MakeRootMovable()
    {
        const string Staging = "/root";
        MakeDirectory(Staging);
        Mount("/", Staging, null, MountFlags.Bind);
        if (Libc.chdir(Staging) < 0 || Libc.mount(".", "/", null, (nuint)MountFlags.Move, null) < 0 || Libc.chroot(".") < 0 || Libc.chdir("/") < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "enter the root");
    }

    public static void MakeDirectory(string path)
    {
        if (Libc.mkdirat(At.WorkingDirectory, path, 0x1ED) < 0 && Marshal.GetLastPInvokeError() is var error and not Errno.EEXIST)
            throw new LinuxException(error, $"mkdir {path}");
    }
}
