using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace Islet.Aspire.Volumes;

/// <summary>
/// The store for the content of named volumes between two runs: one tar for each, which belongs to the user and not to the cache.
/// Configured by <c>Islet:VolumeDirectory</c>.
/// </summary>
internal sealed class VolumeStore(IConfiguration configuration)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Acquires a volume, which no other container has until it is disposed.</summary>
    /// <exception cref="DistributedApplicationException">Another container has the volume, or it can't be kept on this host.</exception>
    public Volume Take(string name, bool isReadOnly)
    {
        if (name.Length == 0 || name[0] == '.' || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            throw new DistributedApplicationException(
                $"\"{name}\" is not a name for a volume: use letters, digits, '.', '-' and '_', and begin with none of the dots.");
        string directory = configuration["Islet:VolumeDirectory"] is { Length: > 0 } own ? Path.GetFullPath(own) : DefaultDirectory();
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, OwnerOnly);
            FileStream? @lock = isReadOnly
                ? null
                : new FileStream(Path.Combine(directory, name + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new Volume(name, Path.Combine(directory, name + ".tar"), @lock);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"The volume {name} can't be had: {exception.Message} Two containers can't have one volume at a time in micro-VMs. "
                + "End the other one, give this one a volume of its own, or mount it read-only.", exception);
        }
    }

    private static string DefaultDirectory()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        string parent = OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Application Support")
            : Path.IsPathFullyQualified(data ?? "") ? data!
            : Path.Combine(home, ".local", "share");
        return Path.Combine(parent, "islet", "volumes");
    }
}
