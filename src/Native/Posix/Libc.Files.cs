using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

internal static unsafe partial class Libc
{
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeHandle file, long offset, int origin);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string path, string newPath);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(SafeHandle file, nuint request, SafeHandle argument);

    [LibraryImport(Library, EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint CopyFileRange(
        SafeHandle source, long* sourceOffset, SafeHandle target, long* targetOffset, nuint length, uint flags);
}
