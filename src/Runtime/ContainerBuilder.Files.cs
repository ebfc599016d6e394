using System.Text;
using Islet.Description;

namespace Islet;

// The files of the container before its process starts.
public abstract partial class ContainerBuilder<TBuilder, TContainer>
{
    private const UnixFileMode DefaultFileMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode DefaultDirectoryMode =
        DefaultFileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Writes a file into the container before its process starts.</summary>
    /// <param name="path">The file's path, absolute. Missing parent directories are made.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="mode">Its permissions. Default: 0644.</param>
    /// <param name="userId">Its owner. Default: root.</param>
    /// <param name="groupId">Its group. Default: root.</param>
    public TBuilder WithFile(
        string path, ReadOnlyMemory<byte> content, UnixFileMode mode = DefaultFileMode, int userId = 0, int groupId = 0)
    {
        CheckPath(path);
        return With(_options with { Files = [.. _options.Files, new ContainerFile(path, content, mode, userId, groupId)] });
    }

    /// <summary>Writes a file of UTF-8 text into the container before its process starts.</summary>
    /// <inheritdoc cref="WithFile(string, ReadOnlyMemory{byte}, UnixFileMode, int, int)"/>
    public TBuilder WithFile(
        string path, string content, UnixFileMode mode = DefaultFileMode, int userId = 0, int groupId = 0) =>
        WithFile(path, Encoding.UTF8.GetBytes(content), mode, userId, groupId);

    /// <summary>Makes a directory in the container before its process starts, or changes the mode and owner of one that exists.</summary>
    /// <param name="path">The directory's path, absolute. Missing parent directories are made.</param>
    /// <param name="mode">Its permissions. Default: 0755.</param>
    /// <param name="userId">Its owner. Default: root.</param>
    /// <param name="groupId">Its group. Default: root.</param>
    public TBuilder WithDirectory(string path, UnixFileMode mode = DefaultDirectoryMode, int userId = 0, int groupId = 0)
    {
        CheckPath(path);
        return With(
            _options with { Files = [.. _options.Files, new ContainerFile(path, default, mode, userId, groupId, IsDirectory: true)] });
    }

    /// <summary>
    /// Copies a file or a whole directory of the host into the container before its process starts. It is read at each start.
    /// The path itself may be a symbolic link, which is followed; links below it stay links.
    /// </summary>
    /// <param name="hostPath">The file or directory on the host.</param>
    /// <param name="containerPath">The new path of the file or directory itself in the container, absolute.</param>
    /// <param name="mode">The files' permissions; users who can read a directory can also enter it. Default: as on the host.</param>
    /// <param name="userId">The owner of all that is copied. Default: root.</param>
    /// <param name="groupId">The group of all that is copied. Default: root.</param>
    public TBuilder WithCopy(
        string hostPath, string containerPath, UnixFileMode? mode = null, int userId = 0, int groupId = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        CheckPath(containerPath);
        return With(_options with
        {
            Copies = [.. _options.Copies, new HostCopy(Path.GetFullPath(hostPath), containerPath, mode, userId, groupId)],
        });
    }

    /// <summary>
    /// Unpacks a tar of the host in the container before its process starts, with links, modes, owners, times and extended attributes kept.
    /// It is read at each start.
    /// </summary>
    /// <param name="hostPath">An uncompressed tar on the host.</param>
    /// <param name="directory">
    /// The directory to unpack into, absolute; it is made with its parents if it is missing. The tar's entry <c>.</c> sets its mode and
    /// owner.
    /// </param>
    public TBuilder WithArchive(string hostPath, string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        CheckPath(directory);
        return With(_options with { Archives = [.. _options.Archives, new HostArchive(Path.GetFullPath(hostPath), directory)] });
    }
}
