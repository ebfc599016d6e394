namespace Islet.Modules;

// Files of the container.
public abstract partial class ModuleContainer<TContainer>
{
    private const UnixFileMode DefaultFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <inheritdoc cref="Container.WriteFileAsync"/>
    public Task WriteFileAsync(
        string path, ReadOnlyMemory<byte> content, UnixFileMode mode = DefaultFileMode, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default) =>
        Container.WriteFileAsync(path, content, mode, userId, groupId, cancellationToken);

    /// <inheritdoc cref="Container.CopyToAsync"/>
    public Task<CopyResult> CopyToAsync(
        string hostPath, string containerPath, UnixFileMode? mode = null, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default) =>
        Container.CopyToAsync(hostPath, containerPath, mode, userId, groupId, cancellationToken);

    /// <inheritdoc cref="Container.CopyTarToAsync"/>
    public Task CopyTarToAsync(Stream tar, string directory, CancellationToken cancellationToken = default) =>
        Container.CopyTarToAsync(tar, directory, cancellationToken);

    /// <inheritdoc cref="Container.ReadFileAsync(string, CancellationToken)"/>
    public Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken = default) =>
        Container.ReadFileAsync(path, cancellationToken);

    /// <inheritdoc cref="Container.ReadFileAsync(string, MemorySize, CancellationToken)"/>
    public Task<byte[]> ReadFileAsync(string path, MemorySize limit, CancellationToken cancellationToken = default) =>
        Container.ReadFileAsync(path, limit, cancellationToken);

    /// <inheritdoc cref="Container.CopyFromAsync"/>
    public Task<CopyResult> CopyFromAsync(string containerPath, string hostPath, CancellationToken cancellationToken = default) =>
        Container.CopyFromAsync(containerPath, hostPath, cancellationToken);

    /// <inheritdoc cref="Container.CopyTarFromAsync"/>
    public Task<Stream> CopyTarFromAsync(string path, bool contentsOnly = false, CancellationToken cancellationToken = default) =>
        Container.CopyTarFromAsync(path, contentsOnly, cancellationToken);
}
