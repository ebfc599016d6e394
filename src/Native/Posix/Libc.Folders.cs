using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

// Names are pointers to bytes: Linux gives them no encoding, and a string would lose those that are not UTF-8.
internal static unsafe partial class Libc
{
    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(int directory, byte* path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectoryAt(int directory, byte* path, uint mode);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymbolicLinkAt(byte* target, int directory, byte* path);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(int directory, byte* path, int newDirectory, byte* newPath, int flags);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(int directory, byte* path, byte* target, nuint length);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int StatxAt(int directory, byte* path, int flags, uint mask, byte* result);

    [LibraryImport(Library, EntryPoint = "fstatat", SetLastError = true)]
    public static partial int StatAt(int directory, byte* path, byte* result, int flags);

    [LibraryImport(Library, EntryPoint = "fstat", SetLastError = true)]
    public static partial int StatOpen(int file, byte* result);

    [LibraryImport(Library, EntryPoint = "fdopendir", SetLastError = true)]
    public static partial nint OpenDirectoryStream(int directory);

    [LibraryImport(Library, EntryPoint = "readdir", SetLastError = true)]
    public static partial byte* ReadDirectory(nint stream);

    [LibraryImport(Library, EntryPoint = "closedir", SetLastError = true)]
    public static partial int CloseDirectory(nint stream);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);
}
