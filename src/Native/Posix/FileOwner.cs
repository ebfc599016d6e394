using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

/// <summary>The owner, type and permissions of a file, which <see cref="FileSystemInfo"/> leaves out.</summary>
/// <param name="UserId">The owner's user id.</param>
/// <param name="Mode">The type and the permissions (<c>st_mode</c>).</param>
internal readonly record struct FileOwner(uint UserId, uint Mode)
{
    /// <summary>Whether the file is a directory, and not a symbolic link to one.</summary>
    public bool IsDirectory => (Mode & 0xF000) == 0x4000;

    /// <summary>The permission bits.</summary>
    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);

    /// <summary>The id of the user that this process acts as.</summary>
    public static uint CurrentUserId => Libc.GetEffectiveUserId();

    /// <summary>Reads the owner of a path, without following a symbolic link at its end.</summary>
    /// <exception cref="Win32Exception">The path's status could not be read; the code is the errno.</exception>
    public static unsafe FileOwner Of(string path)
    {
        byte* result = stackalloc byte[256];

        // SAFETY: struct statx has 256 bytes on every Linux, and macOS's struct stat 144.
        int failed = OperatingSystem.IsMacOS()
            ? Libc.Lstat(path, result)
            : Libc.Statx(-100 /* AT_FDCWD */, path, 0x100 /* AT_SYMLINK_NOFOLLOW */, 0x0B /* type, mode, uid */, result);
        if (failed != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());

        return OperatingSystem.IsMacOS()
            ? new FileOwner(*(uint*)(result + 16), *(ushort*)(result + 4))
            : new FileOwner(*(uint*)(result + 20), *(ushort*)(result + 28));
    }
}
