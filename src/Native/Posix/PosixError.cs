using System.Runtime.InteropServices;

namespace Islet.Native.Posix;

/// <summary>Errors of the C library as the exceptions that the base class library has for them.</summary>
internal static class PosixError
{
    public const int NotFound = 2; // ENOENT
    public const int Exists = 17; // EEXIST
    public const int NotADirectory = 20; // ENOTDIR

    /// <summary>ELOOP: a symbolic link stands where none is followed.</summary>
    public static readonly int Loop = OperatingSystem.IsMacOS() ? 62 : 40;

    /// <summary>The exception for the last failed call; its <see cref="Exception.HResult"/> is the errno.</summary>
    /// <param name="path">The path that it was about, fit to be shown.</param>
    public static Exception Last(string path) => Of(Marshal.GetLastPInvokeError(), path);

    /// <summary>The exception for an errno.</summary>
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
