using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

/// <summary>How much of a disk a file takes, which for a sparse file is less than its length.</summary>
internal static class FileAllocation
{
    private const int BlockSize = 512; // the unit of st_blocks, whatever the file system's own is

    /// <summary>The allocated bytes. Blocks that a reflinked copy shares are counted in each.</summary>
    /// <exception cref="Win32Exception">The file could not be looked at; the code is the errno.</exception>
    public static unsafe long BytesOf(string path)
    {
        byte* result = stackalloc byte[256];

        // SAFETY: struct statx has 256 bytes on every Linux, and macOS's struct stat 144.
        int failed = OperatingSystem.IsMacOS()
            ? Libc.Lstat(path, result)
            : Libc.Statx(-100 /* AT_FDCWD */, path, 0x100 /* AT_SYMLINK_NOFOLLOW */, 0x400 /* blocks */, result);
        if (failed != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());

        return *(long*)(result + (OperatingSystem.IsMacOS() ? 104 : 48)) * BlockSize;
    }
}
