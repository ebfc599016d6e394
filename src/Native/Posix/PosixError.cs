using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

/// <summary>Converts errors of the C library to the matching exceptions of the base class library.</summary>
internal static class PosixError
{
    public const int NotFound = 2; // ENOENT
    public const int NotADirectory = 20; // ENOTDIR

    /// <summary>The error ELOOP: a symbolic link at a place where none is followed.</summary>
    public static readonly int Loop = OperatingSystem.IsMacOS() ? 62 : 40;

    /// <summary>Returns the exception for the last failed call; its <see cref="Exception.HResult"/> is the errno.</summary>
    /// <param name="path">The path of the failed call, in a form that is safe to show.</param>
    public static Exception Last(string path) => Of(Marshal.GetLastPInvokeError(), path);

    /// <summary>Returns the exception for an errno.</summary>
    public static Exception Of(int error, string path)
    {
        string shown = string.Concat(path.Select(static c => char.IsControl(c) ? '\uFFFD' : c));
        string message = $"{shown}: {Marshal.GetPInvokeErrorMessage(error)}";
        return error switch
        {
            NotFound => new FileNotFoundException(message, shown) { HResult = error },
            1 or 13 or 30 => new UnauthorizedAccessException(message) { HResult = error }, // EPERM, EACCES, EROFS
            _ => new IOException(message, error),
        };
    }
}
