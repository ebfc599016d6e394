namespace Islet;

// All copies are tar streams that the guest packs and unpacks inside the container's own root.
public partial class Container
{
    private static readonly MemorySize s_largestFile = MemorySize.FromMebibytes(256);

    private const UnixFileMode DefaultFileMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a file in the container, and replaces one that exists. Missing parent directories are made.</summary>
    /// <param name="path">The file's path, absolute.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="mode">Its permissions. Default: 0644.</param>
    /// <param name="userId">Its owner. Default: root.</param>
    /// <param name="groupId">Its group. Default: root.</param>
    /// <param name="cancellationToken">Cancels the copy; the file may be incomplete.</param>
    /// <exception cref="ContainerFileException">It could not be written.</exception>
    public Task WriteFileAsync(
        string path, ReadOnlyMemory<byte> content, UnixFileMode mode = DefaultFileMode, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default) =>
        Core.Files.WriteFileAsync(path, content, mode, userId, groupId, cancellationToken);

    /// <summary>
    /// Copies a file or a whole directory of the host into the container. The path itself may be a symbolic link, which is followed; links
    /// below it stay links. Modes are kept, except the set-id bits of files.
    /// </summary>
    /// <param name="hostPath">The file or directory on the host.</param>
    /// <param name="containerPath">
    /// The new path of the file or directory itself in the container, absolute. If it is a directory that exists, the two are merged.
    /// </param>
    /// <param name="mode">The files' permissions; users who can read a directory can also enter it. Default: as on the host.</param>
    /// <param name="userId">The owner of all that is copied. Default: root.</param>
    /// <param name="groupId">The group of all that is copied. Default: root.</param>
    /// <param name="cancellationToken">Cancels the copy; some files may be missing or incomplete.</param>
    /// <returns>The files that were left out: sockets.</returns>
    /// <exception cref="FileNotFoundException">There is no such file or directory on the host.</exception>
    /// <exception cref="StorageException">A file on the host can't be read, or became shorter during the copy.</exception>
    /// <exception cref="ContainerFileException">It could not be written.</exception>
    public Task<CopyResult> CopyToAsync(
        string hostPath, string containerPath, UnixFileMode? mode = null, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default) =>
        Core.Files.CopyToAsync(hostPath, containerPath, mode, userId, groupId, cancellationToken);

    /// <summary>Unpacks a tar in the container, with links, modes, owners, times and extended attributes kept.</summary>
    /// <param name="tar">An uncompressed tar, read to its end.</param>
    /// <param name="directory">The directory to unpack into, absolute; it is made with its parents if it is missing.</param>
    /// <param name="cancellationToken">Cancels the copy; some files may be missing or incomplete.</param>
    /// <exception cref="ContainerFileException">It could not be unpacked.</exception>
    public Task CopyTarToAsync(Stream tar, string directory, CancellationToken cancellationToken = default) =>
        Core.Files.CopyTarToAsync(tar, directory, cancellationToken);

    /// <summary>Reads a file of the container.</summary>
    /// <exception cref="ContainerFileException">There is no such file, or it is not a regular one.</exception>
    public Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken = default) =>
        ReadFileAsync(path, s_largestFile, cancellationToken);

    /// <summary>Reads a file of the container, up to a limit of its size.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="limit">
    /// The most that is read into memory. Default: 256 MiB. <see cref="CopyFromAsync"/> and <see cref="CopyTarFromAsync"/> have no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <exception cref="ContainerFileException">There is no such file, it is not a regular one, or it is larger.</exception>
    public Task<byte[]> ReadFileAsync(string path, MemorySize limit, CancellationToken cancellationToken = default) =>
        Core.Files.ReadFileAsync(path, limit, cancellationToken);

    /// <summary>Copies a file or a whole directory of the container to the host.</summary>
    /// <param name="containerPath">The file or directory in the container, absolute. A symbolic link is followed.</param>
    /// <param name="hostPath">The new path of the file or directory itself on the host. Existing files are never overwritten.</param>
    /// <param name="cancellationToken">Cancels the copy; some files may be missing or incomplete.</param>
    /// <remarks>Owners and set-id bits are not copied; nor are devices and pipes.</remarks>
    /// <returns>The files that were left out.</returns>
    /// <exception cref="ContainerFileException">
    /// It could not be read, an entry tried to leave the directory, or a file of that name exists.
    /// </exception>
    /// <exception cref="StorageException">The host's directory can't be written.</exception>
    public Task<CopyResult> CopyFromAsync(string containerPath, string hostPath, CancellationToken cancellationToken = default) =>
        Core.Files.CopyFromAsync(containerPath, hostPath, cancellationToken);

    /// <summary>Reads a file or directory of the container as a tar.</summary>
    /// <param name="path">The file or directory, absolute.</param>
    /// <param name="contentsOnly">Whether entry names begin below the directory. Default: they begin with the directory's own name.</param>
    /// <param name="cancellationToken">Cancels the opening; dispose the stream to end the copy.</param>
    /// <exception cref="ContainerFileException">There is no such file or directory.</exception>
    public Task<Stream> CopyTarFromAsync(string path, bool contentsOnly = false, CancellationToken cancellationToken = default) =>
        Core.Files.CopyTarFromAsync(path, contentsOnly, cancellationToken);
}
