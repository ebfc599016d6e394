using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>The flags MS_* of mount(2).</summary>
[Flags]
internal enum MountFlags : uint
{
    None = 0,
    ReadOnly = 1,
    NoSetUserId = 2,
    NoDevices = 4,
    NoExecute = 8,
    Synchronous = 16,
    DirectorySynchronous = 128,
    NoAccessTimes = 1024,
    NoDirectoryAccessTimes = 2048,
    Bind = 4096,
    Move = 8192,
    Recursive = 16384,
    Silent = 32768,
    RelativeAccessTimes = 1 << 21,
    StrictAccessTimes = 1 << 24,
}

/// <summary>Mount operations, in the tree that the calling thread sees.</summary>
internal static class Mounts
{
    private const int Detach = 2;

    public static void Mount(string? source, string target, string? type, MountFlags flags, string data = "")
    {
        if (TryMount(source, target, type, flags, data) is var error and not 0)
            throw new LinuxException(error, $"mount {type ?? source} on {target}");
    }

    // Returns 0 or a positive error number.
    private static unsafe int TryMount(string? source, string target, string? type, MountFlags flags, string data)
    {
        const int Page = 4096;
        int length = Encoding.UTF8.GetByteCount(data);
        if (length >= Page)
            return Errno.EINVAL;
        byte* text = stackalloc byte[Page];
        Encoding.UTF8.GetBytes(data, new Span<byte>(text, Page));

        // SAFETY: the options end with NUL. The kernel always reads a whole page of them, so a whole page is allocated: beyond the end of
        // the stack it would hit a fault, which costs as much as the rest in a machine that was just restored.
        return Libc.mount(source, target, type, (nuint)flags, length == 0 ? null : text) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public static bool TryUnmount(string target) => Libc.umount2(target, 0) == 0;

    public static void TryDetach(string target) => _ = Libc.umount2(target, Detach);

    /// <summary>
    /// Makes the root a mount that has a parent. The initramfs has none, and pivot_root refuses to move a root without a parent. So the
    /// same tree is bound over itself, and the agent moves onto the new mount.
    /// </summary>
    public static unsafe void MakeRootMovable()
    {
        const string Staging = "/root";
        MakeDirectory(Staging);
        Mount("/", Staging, null, MountFlags.Bind);
        if (Libc.chdir(Staging) < 0 || Libc.mount(".", "/", null, (nuint)MountFlags.Move, null) < 0 || Libc.chroot(".") < 0
            || Libc.chdir("/") < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "enter the root");
    }

    public static void MakeDirectory(string path)
    {
        if (Libc.mkdirat(At.WorkingDirectory, path, 0x1ED) < 0 && Marshal.GetLastPInvokeError() is var error and not Errno.EEXIST)
            throw new LinuxException(error, $"mkdir {path}");
    }
}
