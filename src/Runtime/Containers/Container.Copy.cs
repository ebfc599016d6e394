using Islet.Agent;
using Islet.Description;
using Islet.Diagnostics;
using Islet.Files;
using Islet.Native.Posix;
using Islet.Tar;

namespace Islet;

// All copies are tar streams that the guest packs and unpacks inside the container's own root.
public sealed partial class Container
{
    private static readonly MemorySize s_largestFile = MemorySize.Mebibytes(256);

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
        CancellationToken cancellationToken = default)
    {
        var file = new ContainerFile(CheckAbsolute(path), content, mode, userId, groupId);
        return CopyInAsync("/", stream => PackAsync(stream, tar => HostTar.WriteAsync(tar, file, cancellationToken), cancellationToken), cancellationToken);
    }

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
    public async Task<CopyResult> CopyToAsync(
        string hostPath, string containerPath, UnixFileMode? mode = null, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default)
    {
        var copy = new HostCopy(Path.GetFullPath(hostPath), CheckAbsolute(containerPath), mode, userId, groupId);
        var leftOut = new LeftOutFiles();
        CheckExists(copy);
        await CopyInAsync(
            "/",
            stream => PackAsync(stream, tar => HostTar.WriteAsync(tar, copy, leftOut, cancellationToken), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return leftOut.ToResult();
    }

    /// <summary>Unpacks a tar in the container, with links, modes, owners, times and extended attributes kept.</summary>
    /// <param name="tar">An uncompressed tar, read to its end.</param>
    /// <param name="directory">The directory to unpack into, absolute; it is made with its parents if it is missing.</param>
    /// <param name="cancellationToken">Cancels the copy; some files may be missing or incomplete.</param>
    /// <exception cref="ContainerFileException">It could not be unpacked.</exception>
    public Task CopyTarToAsync(Stream tar, string directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tar);
        return CopyInAsync(CheckAbsolute(directory), stream => tar.CopyToAsync(stream, cancellationToken), cancellationToken);
    }

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
    public async Task<byte[]> ReadFileAsync(string path, MemorySize limit, CancellationToken cancellationToken = default)
    {
        Stream tar = await CopyTarFromAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
            return await ReadTarAsync(tar, path, reader => ReadContent(reader, path, limit), cancellationToken).ConfigureAwait(false);
    }

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
    public async Task<CopyResult> CopyFromAsync(string containerPath, string hostPath, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        string target = Path.GetFullPath(hostPath);
        FileStatus status = await StatAsync(containerPath, cancellationToken).ConfigureAwait(false);
        Stream tar = await CopyTarFromAsync(containerPath, contentsOnly: status.IsDirectory, cancellationToken).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
        {
            if (status.IsDirectory)
            {
                var extraction = new HostExtraction(target, status.Permissions);
                return await AskAboutTarAsync(extraction.ExtractAsync(tar, cancellationToken), containerPath).ConfigureAwait(false);
            }

            return await ReadTarAsync(
                tar, containerPath, reader => ExtractFile(reader, containerPath, target, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a file or directory of the container as a tar.</summary>
    /// <param name="path">The file or directory, absolute.</param>
    /// <param name="contentsOnly">Whether entry names begin below the directory. Default: they begin with the directory's own name.</param>
    /// <param name="cancellationToken">Cancels the opening; dispose the stream to end the copy.</param>
    /// <exception cref="ContainerFileException">There is no such file or directory.</exception>
    public async Task<Stream> CopyTarFromAsync(string path, bool contentsOnly = false, CancellationToken cancellationToken = default)
    {
        CheckAbsolute(path);
        EnsureMachine("copy files");
        return await AskAboutFileAsync(Agent.ReadTarAsync(path, contentsOnly, cancellationToken), path).ConfigureAwait(false);
    }

    private async Task<FileStatus> StatAsync(string path, CancellationToken cancellationToken)
    {
        CheckAbsolute(path);
        EnsureMachine("copy files");
        return await AskAboutFileAsync(Agent.StatAsync(path, cancellationToken), path).ConfigureAwait(false);
    }

    private async Task CopyBeforeStartAsync(CancellationToken cancellationToken)
    {
        foreach (HostCopy copy in _options.Copies)
            CheckExists(copy);

        foreach (HostArchive archive in _options.Archives)
        {
            FileStream content = HostArchive.Open(archive);
            await using (content.ConfigureAwait(false))
                await SendTarAsync(archive.Path, stream => content.CopyToAsync(stream, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        var leftOut = new LeftOutFiles();
        await SendTarAsync(
            "/",
            stream => PackAsync(
                stream,
                async tar =>
                {
                    foreach (HostCopy copy in _options.Copies)
                        await HostTar.WriteAsync(tar, copy, leftOut, cancellationToken).ConfigureAwait(false);
                    foreach (ContainerFile file in _options.Files)
                        await HostTar.WriteAsync(tar, file, cancellationToken).ConfigureAwait(false);
                },
                cancellationToken),
            cancellationToken).ConfigureAwait(false);
        foreach (string line in leftOut.ToResult().LeftOut)
            _logger.FileLeftOut(Name, line);
    }

    private Task CopyInAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        EnsureMachine("copy files");
        return SendTarAsync(directory, write, cancellationToken);
    }

    private Task SendTarAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken) =>
        AskAboutFileAsync(Agent.WriteTarAsync(directory, write, cancellationToken), directory);

    private static async Task PackAsync(Stream stream, Func<TarStreamWriter, Task> write, CancellationToken cancellationToken)
    {
        var tar = new TarStreamWriter(stream);
        await write(tar).ConfigureAwait(false);
        await tar.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private byte[] ReadContent(TarStreamReader reader, string path, MemorySize limit)
    {
        TarEntry entry = ReadFile(reader, path);
        if (entry.Size > Math.Min(limit.Bytes, Array.MaxLength))
        {
            throw Explain(new ContainerFileException(
                $"{Printable.Of(path)} in {Name} has {entry.Size} bytes, more than the {limit} that are read into memory. Give ReadFileAsync a larger limit, or copy it with CopyFromAsync."));
        }

        using var content = new MemoryStream();
        Span<byte> buffer = new byte[1 << 16];
        foreach (StoredRegion region in entry.Regions)
        {
            content.Position = region.Offset; // what is not stored is zeros, as in the file
            for (long rest = region.Length; rest > 0;)
            {
                Span<byte> piece = buffer[..(int)Math.Min(buffer.Length, rest)];
                reader.ReadContent(piece);
                content.Write(piece);
                rest -= piece.Length;
            }
        }

        content.SetLength(entry.Size);
        return content.ToArray();
    }

    private CopyResult ExtractFile(TarStreamReader reader, string path, string target, CancellationToken cancellationToken)
    {
        TarEntry entry = ReadFile(reader, path);
        try
        {
            using var folder = Folder.Open(Path.GetDirectoryName(target)!);
            byte[] name = System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(target));
            if (folder.Find(name) is not null)
                throw Explain(new ContainerFileException($"{Printable.Of(path)} in {Name} was not copied: {Printable.Of(target)} exists already."));
            ExtractedFile.Write(folder, name, entry, reader, cancellationToken);
            return new CopyResult([]);
        }
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw new StorageException($"{Printable.Of(target)} can't be written: {error.Message}", error);
        }
    }

    private TarEntry ReadFile(TarStreamReader reader, string path)
    {
        TarEntry? entry = reader.ReadEntry();
        return entry is { Type: TarEntryType.RegularFile } ? entry : throw Explain(new ContainerFileException(
            $"{Printable.Of(path)} in {Name} is not a regular file{(entry is null ? "" : $" ({entry.Type})")}; only those have a content of their own."));
    }

    private Task<T> ReadTarAsync<T>(Stream tar, string path, Func<TarStreamReader, T> read, CancellationToken cancellationToken) =>
        AskAboutTarAsync(TarThread.RunAsync(tar, read, cancellationToken), path);

    private async Task<T> AskAboutTarAsync<T>(Task<T> reading, string path)
    {
        try
        {
            return await AskAboutFileAsync(reading, path).ConfigureAwait(false);
        }
        catch (TarException damaged)
        {
            throw Explain(new ContainerFileException(
                $"{Printable.Of(path)} in {Name} could not be read: what came from the machine is no whole tar. {damaged.Message}", damaged));
        }
        catch (IOException broken)
        {
            throw Explain(new ContainerFileException(
                $"{Printable.Of(path)} in {Name} could not be read to its end: the guest broke the copy off. {broken.Message}", broken));
        }
    }

    private async Task<T> AskAboutFileAsync<T>(Task<T> call, string path)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Explain(new ContainerFileException($"{Printable.Of(path)} in {Name}: {exception.Message}.", exception));
        }
        catch (IOException exception) when (exception is GuestLostException || Machine.Exited.IsCompleted || Machine.Faulted.IsCompleted)
        {
            throw await ExplainLossAsync(exception).ConfigureAwait(false);
        }
    }

    private static string CheckAbsolute(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path[0] == '/' && !path.Contains('\0')
            ? path
            : throw new ArgumentException($"\"{Printable.Of(path)}\" is not an absolute path inside the container: begin it with /.", nameof(path));
    }

    private static void CheckExists(HostCopy copy)
    {
        if (!Path.Exists(copy.Source))
            throw new FileNotFoundException($"There is no {copy.Source} on the host to copy to {copy.Path}.", copy.Source);
    }
}
