using Islet.Native.Posix;

namespace Islet.Storage;

/// <summary>Opens the files of the store: private to the user, and never through a symbolic link at the file's own name.</summary>
internal static class StoreFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // EWOULDBLOCK, which flock(2) reports through FileStream when another open file holds the lock.
    private static readonly int s_locked = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Creates a file that must not exist (O_EXCL, which follows no link), locked until it is closed.</summary>
    /// <exception cref="StorageException">The file can't be created.</exception>
    public static FileStream Create(string path) => OpenForWriting(path, FileMode.CreateNew);

    /// <summary>
    /// Opens or creates a file and locks it, or returns <see langword="null"/> when another process or task has locked it.
    /// </summary>
    /// <exception cref="StorageException">The file can't be opened.</exception>
    public static FileStream? TryLock(string path, FileMode mode)
    {
        try
        {
            return OpenForWriting(path, mode);
        }
        catch (StorageException exception) when (exception.InnerException is IOException io && io.HResult == s_locked)
        {
            return null;
        }
    }

    /// <summary>
    /// Opens a regular file to be read from its beginning to its end, or returns <see langword="null"/> if it does not exist.
    /// </summary>
    /// <exception cref="StorageException">The file exists but can't be read, or another user could have written it.</exception>
    public static FileStream? TryOpenRead(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            var status = PosixStatus.Of(path, followLink: false);
            if (status.Type != PosixFileType.Regular)
                return null; // nor ever opened: a pipe would not give us back
            if (OwnerCheck.OfCache.FindFault(status, path) is { } fault)
                throw new StorageException(fault);
            return new FileStream(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.Read | FileShare.Delete });
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{path} can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Whether the file exists and is neither a directory nor a symbolic link.</summary>
    public static bool IsRegular(FileInfo file) => file.Exists && file.LinkTarget is null;

    /// <summary>Returns the length of a regular file that is not a symbolic link; <see langword="null"/> if it does not exist.</summary>
    public static long? LengthOf(string path)
    {
        try
        {
            return File.Exists(path) && PosixStatus.Of(path, followLink: false) is { Type: PosixFileType.Regular, Size: var size }
                ? size
                : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a small file atomically: a reader sees the old or the new content, never a part.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="temporary">The path for writing it before it gets its name; in the same file system.</param>
    /// <param name="content">The whole content.</param>
    /// <exception cref="StorageException">The file can't be written.</exception>
    public static void Replace(string path, string temporary, ReadOnlySpan<byte> content)
    {
        CacheDirectory.CreatePrivate(Path.GetDirectoryName(path)!);
        try
        {
            using (FileStream file = Create(temporary))
                file.Write(content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            File.Delete(temporary);
            throw StorageException.FromWrite(exception, path, content.Length);
        }
    }

    private static FileStream OpenForWriting(string path, FileMode mode)
    {
        // FileShare.None takes an exclusive flock(2), which the kernel releases when its holder dies.
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
            options.UnixCreateMode = OwnerOnly;

        try
        {
            return new FileStream(path, options);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, path);
        }
    }
}
