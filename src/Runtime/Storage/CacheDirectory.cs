using Islet.Native.Posix;

namespace Islet.Storage;

/// <summary>The directory for data that Islet can build or fetch again: images, disks, templates.</summary>
internal static class CacheDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The owner that Linux shows in a user namespace for users that do not exist there, among them the real root.</summary>
    private const uint Unmapped = 65534;

    /// <summary>
    /// The default directory: <c>islet</c> in <c>XDG_CACHE_HOME</c>, in <c>~/Library/Caches</c> on macOS, or in <c>~/.cache</c>. It need
    /// not exist.
    /// </summary>
    /// <exception cref="StorageException">The user has no home directory.</exception>
    public static string Default => Resolve(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        OperatingSystem.IsMacOS());

    internal static string Resolve(Func<string, string?> environment, string home, bool isMacOS)
    {
        // The XDG base directory specification says that a relative path must be ignored.
        if (!isMacOS && environment("XDG_CACHE_HOME") is { } xdg && Path.IsPathFullyQualified(xdg))
            return Path.Combine(xdg, "islet");

        if (home.Length == 0)
        {
            throw new StorageException(
                "The user has no home directory to keep images in. Set CacheDirectory (ISLET_CACHE) to a directory that can be written.");
        }

        return isMacOS ? Path.Combine(home, "Library", "Caches", "islet") : Path.Combine(home, ".cache", "islet");
    }

    /// <summary>
    /// Creates the cache directory if it is missing, and checks that only this user can have written its content. Disks, memory and device
    /// state of machines come from there. An attacker who can write those controls the machine, and through QEMU perhaps the host.
    /// </summary>
    /// <exception cref="StorageException">
    /// The directory belongs to another user, others can write in it, or it can't be created.
    /// </exception>
    public static void RequireOwn(string root)
    {
        CreatePrivate(root);
        if (OperatingSystem.IsWindows())
            return;

        try
        {
            string path = Path.GetFullPath(root);
            string real = TargetOf(path);
            RequireOwnDirectory(real);

            // A part may be a link to another disk; then the link's target is checked.
            string[] parts = [.. Directory.EnumerateDirectories(real).Select(TargetOf)];
            foreach (string part in parts)
                RequireOwnDirectory(part);
            foreach (string above in parts.Append(path).Append(real).SelectMany(Ancestors).Distinct())
                RequireSafeAncestor(above, root);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{root} can't be looked at: {exception.Message}", exception);
        }
    }

    /// <summary>Creates a directory, and its missing parents, that only its owner can enter (0700).</summary>
    /// <exception cref="StorageException">The directory can't be created.</exception>
    public static void CreatePrivate(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
                return;
            }

            // One by one: Directory.CreateDirectory gives the mode only to the last one.
            foreach (string missing in Ancestors(Path.GetFullPath(path))
                .Prepend(path).TakeWhile(static part => !Directory.Exists(part)).Reverse())
                Directory.CreateDirectory(missing, OwnerOnly);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, path);
        }
    }

    private static IEnumerable<string> Ancestors(string path)
    {
        for (string? above = Path.GetDirectoryName(path); above is not null; above = Path.GetDirectoryName(above))
            yield return above;
    }

    private static string TargetOf(string directory) =>
        new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? directory;

    private static void RequireOwnDirectory(string path)
    {
        if (OwnerCheck.OfCache.FindFault(PosixStatus.Of(path, followLink: false), path) is { } fault)
            throw new StorageException(fault);
    }

    /// <summary>
    /// Requires that other users can't replace the cache. The owner of a directory above it could put another cache there. If that
    /// directory is writable for all and not sticky, any user could do so.
    /// </summary>
    private static void RequireSafeAncestor(string path, string root)
    {
        var status = PosixStatus.Of(path, followLink: true);
        bool isForeign = status.UserId != CurrentUser.Id && status.UserId is not (0 or Unmapped);
        bool isOpen = (status.Permissions & (UnixFileMode.OtherWrite | UnixFileMode.StickyBit)) == UnixFileMode.OtherWrite;
        if (isForeign || isOpen)
        {
            throw new StorageException(
                $"{root} lies below {path}, which "
                + $"{(isForeign ? $"belongs to the user with the id {status.UserId}" : "every user can write")}, so others could replace "
                + "it, and Islet does not trust what is in it. Set ISLET_CACHE to a directory elsewhere, or correct the "
                + (isForeign ? "owner." : "mode (chmod o-w, or chmod +t)."));
        }
    }
}
