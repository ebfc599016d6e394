namespace Islet.Description;

/// <summary>A tar of the host that is unpacked in a container.</summary>
/// <param name="Source">The path of the tar on the host, absolute.</param>
/// <param name="Path">The directory in the container, absolute.</param>
internal sealed record HostArchive(string Source, string Path)
{
    /// <exception cref="FileNotFoundException">There is no such file on the host.</exception>
    public static FileStream Open(HostArchive archive)
    {
        try
        {
            return new FileStream(archive.Source, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException(
                $"There is no {archive.Source} on the host to unpack at {archive.Path}.", archive.Source, exception);
        }
    }
}
