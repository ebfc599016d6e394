using Islet.Native.Posix;

namespace Islet.Description;

/// <summary>A tar of the host that is unpacked in a container.</summary>
/// <param name="Source">The path of the tar on the host, absolute.</param>
/// <param name="Path">The directory in the container, absolute.</param>
internal sealed record HostArchive(string Source, string Path)
{
    /// <exception cref="FileNotFoundException">There is no such file on the host.</exception>
    /// <exception cref="StorageException">There is something else, such as a pipe, which would never end.</exception>
    public static FileStream Open(HostArchive archive)
    {
        try
        {
            if (File.Exists(archive.Source) && PosixStatus.Of(archive.Source, followLink: true).Type != PosixFileType.Regular)
                throw new StorageException($"{archive.Source}, to unpack at {archive.Path}, is no file.");
            return new FileStream(archive.Source, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException(
                $"There is no {archive.Source} on the host to unpack at {archive.Path}.", archive.Source, exception);
        }
    }
}
