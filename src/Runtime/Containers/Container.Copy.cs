using System.Formats.Tar;
using Islet.Agent;
using Islet.Protocol;

namespace Islet.Containers;

// All copies travel as tar streams that the guest packs and unpacks inside the container's own root.
public sealed partial class Container
{
    private const UnixFileMode DefaultFileMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a file in the container, in place of what is there. Missing parent directories are made.</summary>
    /// <param name="path">Where, absolute.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="mode">Its permissions. Default: 0644.</param>
    /// <param name="userId">Its owner. Default: root.</param>
    /// <param name="groupId">Its group. Default: root.</param>
    /// <param name="cancellationToken">Ends the copy; the file may be incomplete.</param>
    /// <exception cref="ContainerFileException">It could not be written.</exception>
    public Task WriteFileAsync(
        string path, ReadOnlyMemory<byte> content, UnixFileMode mode = DefaultFileMode, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default)
    {
        var file = new ContainerFile(CheckAbsolute(path), content, mode, userId, groupId);
        return CopyInAsync("/", stream => PackAsync(stream, tar => HostTar.WriteAsync(tar, file, cancellationToken)), cancellationToken);
    }

    /// <summary>Copies a file or a whole directory of the host into the container. Symbolic links stay links; modes are kept.</summary>
    /// <param name="hostPath">The file or directory on the host.</param>
    /// <param name="containerPath">What it becomes in the container, absolute: its own new path. A directory that exists there is merged.</param>
    /// <param name="mode">The files' permissions. Default: as on the host.</param>
    /// <param name="userId">The owner of all that is copied. Default: root.</param>
    /// <param name="groupId">The group of all that is copied. Default: root.</param>
    /// <param name="cancellationToken">Ends the copy; some files may be missing or incomplete.</param>
    /// <exception cref="FileNotFoundException">There is no such file or directory on the host.</exception>
    /// <exception cref="ContainerFileException">It could not be written.</exception>
    public Task CopyToAsync(
        string hostPath, string containerPath, UnixFileMode? mode = null, int userId = 0, int groupId = 0,
        CancellationToken cancellationToken = default)
    {
        var copy = new HostCopy(Path.GetFullPath(hostPath), CheckAbsolute(containerPath), mode, userId, groupId);
        CheckExists(copy);
        return CopyInAsync("/", stream => PackAsync(stream, tar => HostTar.WriteAsync(tar, copy, cancellationToken)), cancellationToken);
    }

    /// <summary>Unpacks a tar in the container, with links, modes, owners, times and extended attributes kept.</summary>
    /// <param name="tar">An uncompressed tar, read to its end.</param>
    /// <param name="directory">Where, absolute; made with its parents when missing.</param>
    /// <param name="cancellationToken">Ends the copy; some files may be missing or incomplete.</param>
    /// <exception cref="ContainerFileException">It could not be unpacked.</exception>
    public Task CopyTarToAsync(Stream tar, string directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tar);
        return CopyInAsync(CheckAbsolute(directory), stream => tar.CopyToAsync(stream, cancellationToken), cancellationToken);
    }

    /// <summary>Reads a file of the container.</summary>
    /// <exception cref="ContainerFileException">There is no such file, or it is not a regular one.</exception>
    public async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken = default)
    {
        Stream tar = await CopyTarFromAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
        {
            var reader = new TarReader(tar);
            await using (reader.ConfigureAwait(false))
            {
                TarEntry? entry = await ReadEntryAsync(reader, path, cancellationToken).ConfigureAwait(false);
                if (entry is null || entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                    throw Explain(new ContainerFileException($"{path} in {Name} is not a regular file ({entry?.EntryType}); copy it with CopyFromAsync."));

                var content = new MemoryStream();
                if (entry.DataStream is { } data)
                    await data.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
                return content.ToArray();
            }
        }
    }

    /// <summary>Copies a file or a whole directory of the container to the host.</summary>
    /// <param name="containerPath">The file or directory in the container, absolute. A symbolic link is followed.</param>
    /// <param name="hostPath">What it becomes on the host: its own new path. Existing files are never overwritten.</param>
    /// <param name="cancellationToken">Ends the copy; some files may be missing or incomplete.</param>
    /// <remarks>Owners and set-user-id bits stay behind, device nodes too; hard links become copies.</remarks>
    /// <exception cref="ContainerFileException">It could not be read, or it tried to leave the directory.</exception>
    public async Task CopyFromAsync(string containerPath, string hostPath, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        string target = Path.GetFullPath(hostPath);
        Agent.FileStatus status = await StatAsync(containerPath, cancellationToken).ConfigureAwait(false);
        Stream tar = await CopyTarFromAsync(containerPath, contentsOnly: status.IsDirectory, cancellationToken).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
        {
            if (status.IsDirectory)
                await new HostExtraction(target).ExtractAsync(tar, cancellationToken).ConfigureAwait(false);
            else
                await ExtractFileAsync(tar, containerPath, target, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a file or directory of the container as a pax tar.</summary>
    /// <param name="path">The file or directory, absolute.</param>
    /// <param name="contentsOnly">Entry names begin below the directory. Default: with the directory's own name.</param>
    /// <param name="cancellationToken">Ends the opening; dispose the stream to end the copy.</param>
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

        await SendTarAsync(
            "/",
            stream => PackAsync(stream, async tar =>
            {
                foreach (HostCopy copy in _options.Copies)
                    await HostTar.WriteAsync(tar, copy, cancellationToken).ConfigureAwait(false);
                foreach (ContainerFile file in _options.Files)
                    await HostTar.WriteAsync(tar, file, cancellationToken).ConfigureAwait(false);
            }),
            cancellationToken).ConfigureAwait(false);
    }

    private Task CopyInAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        EnsureMachine("copy files");
        return SendTarAsync(directory, write, cancellationToken);
    }

    private Task SendTarAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken) =>
        AskAboutFileAsync(Agent.WriteTarAsync(directory, write, cancellationToken), directory);

    private static async Task PackAsync(Stream stream, Func<TarWriter, Task> write)
    {
        var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
            await write(tar).ConfigureAwait(false);
    }

    private async Task ExtractFileAsync(Stream tar, string path, string target, CancellationToken cancellationToken)
    {
        var reader = new TarReader(tar);
        await using (reader.ConfigureAwait(false))
        {
            TarEntry entry = await ReadEntryAsync(reader, path, cancellationToken).ConfigureAwait(false)
                ?? throw Explain(new ContainerFileException($"{path} in {Name} gave no content."));
            var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            await using (file.ConfigureAwait(false))
            {
                if (entry.DataStream is { } data)
                    await data.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
            }

            File.SetLastWriteTimeUtc(target, entry.ModificationTime.UtcDateTime);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(target, entry.Mode & (UnixFileMode)0x1FF);
        }
    }

    private async Task<TarEntry?> ReadEntryAsync(TarReader reader, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Explain(new ContainerFileException($"{path} in {Name} could not be read: the guest broke off its tar stream.", exception));
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
            throw Explain(new ContainerFileException($"{path} in {Name}: {exception.Message}.", exception));
        }
        catch (IOException exception) when (Machine.Exited.IsCompleted || Machine.Faulted.IsCompleted)
        {
            throw await ExplainLossAsync(exception).ConfigureAwait(false);
        }
    }

    private static string CheckAbsolute(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path[0] == '/' && !path.Contains('\0')
            ? path
            : throw new ArgumentException($"\"{path}\" is not an absolute path inside the container: begin it with /.", nameof(path));
    }

    private static void CheckExists(HostCopy copy)
    {
        if (!Path.Exists(copy.Source))
            throw new FileNotFoundException($"There is no {copy.Source} on the host to copy to {copy.Path}.", copy.Source);
    }
}
