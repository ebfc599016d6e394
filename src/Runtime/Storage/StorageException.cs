namespace Islet;

/// <summary>
/// The error that one of Islet's own directories could not be read or written: the disk is full, a quota is reached, permissions are wrong.
/// A container that is concerned runs on.
/// </summary>
public sealed class StorageException(string message, Exception? innerException = null)
    : ContainerOperationException(message, innerException)
{
    private const int NoSpaceLeft = 28; // ENOSPC, the same number on Linux and macOS
    private static readonly int s_quotaExceeded = OperatingSystem.IsMacOS() ? 69 : 122; // EDQUOT

    /// <summary>Whether this type describes an error of the file system better.</summary>
    internal static bool Describes(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Creates the error for a failed write.</summary>
    /// <param name="error">The error that the file system reported.</param>
    /// <param name="path">The file or directory being written.</param>
    /// <param name="neededBytes">The total number of bytes that the write needs, if known.</param>
    internal static StorageException FromWrite(Exception error, string path, long? neededBytes = null)
    {
        string needs = neededBytes is { } bytes ? $", needs {Math.Max(1, new MemorySize(bytes).TotalMebibytes)} MiB" : "";
        return error switch
        {
            IOException { HResult: NoSpaceLeft } =>
                new($"There is no space left at {path}{needs}. Free some, or set ISLET_CACHE to a directory on a larger disk.", error),
            IOException when error.HResult == s_quotaExceeded =>
                new($"The disk quota is used up at {path}{needs}. Free some, or set ISLET_CACHE to a directory elsewhere.", error),
            UnauthorizedAccessException =>
                new($"{path} can't be written: {error.Message} Correct its permissions, or set ISLET_CACHE to another directory.", error),
            _ => new($"{path} can't be written: {error.Message}", error),
        };
    }
}
