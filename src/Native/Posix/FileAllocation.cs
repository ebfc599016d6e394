using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

/// <summary>The disk space that a file takes, which is less than its length for a sparse file.</summary>
internal static class FileAllocation
{
    private const int BlockSize = 512; // the unit of st_blocks, whatever the file system's own is

    /// <summary>Returns the number of allocated bytes. Blocks that a reflinked copy shares count in each file.</summary>
    /// <exception cref="Win32Exception">The file's status could not be read; the code is the errno.</exception>
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
