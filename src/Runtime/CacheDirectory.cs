using Islet.Diagnostics;

namespace Islet;

/// <summary>Where Islet keeps what it can make or fetch again: images, disks, templates.</summary>
internal static class CacheDirectory
{
    /// <summary>
    /// <c>ISLET_CACHE</c> if set; else <c>islet</c> in <c>XDG_CACHE_HOME</c>, in <c>~/Library/Caches</c> on macOS, or in
    /// <c>~/.cache</c>. The directory need not exist.
    /// </summary>
    /// <exception cref="StorageException">The user has no home directory and <c>ISLET_CACHE</c> is not set.</exception>
    public static string Default => Resolve(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        OperatingSystem.IsMacOS());

    internal static string Resolve(Func<string, string?> environment, string home, bool isMacOS)
    {
        if (environment("ISLET_CACHE") is { Length: > 0 } own)
            return Path.GetFullPath(own);

        // The XDG base directory specification: a relative path is to be ignored.
        if (!isMacOS && environment("XDG_CACHE_HOME") is { } xdg && Path.IsPathFullyQualified(xdg))
            return Path.Combine(xdg, "islet");

        if (home.Length == 0)
        {
            throw new StorageException(
                "The user has no home directory to keep images in. Set ISLET_CACHE to a directory that can be written.");
        }

        return isMacOS ? Path.Combine(home, "Library", "Caches", "islet") : Path.Combine(home, ".cache", "islet");
    }

    /// <summary>Creates a directory, and its missing parents, that only its owner can enter (0700).</summary>
    /// <exception cref="StorageException">It can't be created.</exception>
    public static void CreatePrivate(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw StorageException.FromWrite(error, path);
        }
    }
}
