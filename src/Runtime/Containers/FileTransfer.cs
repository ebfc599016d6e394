using Islet.Agent;
using Islet.Description;
using Islet.Diagnostics;
using Islet.Files;
using Islet.Starting;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>
/// Copies of files into a container and out of it: tar streams that the guest packs and unpacks inside the container's own root.
/// </summary>
internal sealed partial class FileTransfer(ContainerOptions options, ContainerStatus status, GuestCalls calls, ILogger logger)
{
    /// <summary>Writes a file.</summary>
    public Task WriteFileAsync(
        string path, ReadOnlyMemory<byte> content, UnixFileMode mode, int userId, int groupId, CancellationToken cancellationToken)
    {
        var file = new ContainerFile(CheckAbsolute(path), content, mode, userId, groupId);
        return CopyInAsync(
            "/", stream => PackAsync(stream, tar => HostTar.WriteAsync(tar, file, cancellationToken), cancellationToken),
            cancellationToken);
    }

    /// <summary>Copies a file or a directory of the host into the container.</summary>
    public async Task<CopyResult> CopyToAsync(
        string hostPath, string containerPath, UnixFileMode? mode, int userId, int groupId, CancellationToken cancellationToken)
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

    /// <summary>Unpacks a tar in the container.</summary>
    public Task CopyTarToAsync(Stream tar, string directory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tar);
        return CopyInAsync(CheckAbsolute(directory), stream => tar.CopyToAsync(stream, cancellationToken), cancellationToken);
    }

    /// <summary>Reads a file into memory.</summary>
    public async Task<byte[]> ReadFileAsync(string path, MemorySize limit, CancellationToken cancellationToken)
    {
        Stream tar = await CopyTarFromAsync(path, contentsOnly: false, cancellationToken).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
            return await ReadTarAsync(tar, path, reader => ReadContent(reader, path, limit), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a file or a directory of the container to the host.</summary>
    public async Task<CopyResult> CopyFromAsync(string containerPath, string hostPath, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        string target = Path.GetFullPath(hostPath);
        FileStatus file = await StatAsync(containerPath, cancellationToken).ConfigureAwait(false);
        Stream tar = await CopyTarFromAsync(containerPath, contentsOnly: file.IsDirectory, cancellationToken).ConfigureAwait(false);
        await using (tar.ConfigureAwait(false))
        {
            if (file.IsDirectory)
            {
                var extraction = new HostExtraction(target, file.Permissions);
                return await AskAboutTarAsync(extraction.ExtractAsync(tar, cancellationToken), containerPath).ConfigureAwait(false);
            }

            return await ReadTarAsync(
                tar, containerPath, reader => ExtractFile(reader, containerPath, target, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a file or a directory as a tar.</summary>
    public async Task<Stream> CopyTarFromAsync(string path, bool contentsOnly, CancellationToken cancellationToken)
    {
        CheckAbsolute(path);
        MachineConnection machine = calls.RequireMachine("copy files");
        return await AskAboutFileAsync(machine.Agent.ReadTarAsync(path, contentsOnly, cancellationToken), path).ConfigureAwait(false);
    }

    private async Task<FileStatus> StatAsync(string path, CancellationToken cancellationToken)
    {
        CheckAbsolute(path);
        MachineConnection machine = calls.RequireMachine("copy files");
        return await AskAboutFileAsync(machine.Agent.StatAsync(path, cancellationToken), path).ConfigureAwait(false);
    }

    /// <summary>Copies the files that the builder has named, before the container's process is started.</summary>
    public async Task CopyBeforeStartAsync(CancellationToken cancellationToken)
    {
        foreach (HostCopy copy in options.Copies)
            CheckExists(copy);

        foreach (HostArchive archive in options.Archives)
        {
            FileStream content = HostArchive.Open(archive);
            await using (content.ConfigureAwait(false))
                await SendTarAsync(
                    archive.Path, stream => content.CopyToAsync(stream, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        var leftOut = new LeftOutFiles();
        await SendTarAsync(
            "/",
            stream => PackAsync(
                stream,
                async tar =>
                {
                    foreach (HostCopy copy in options.Copies)
                        await HostTar.WriteAsync(tar, copy, leftOut, cancellationToken).ConfigureAwait(false);
                    foreach (ContainerFile file in options.Files)
                        await HostTar.WriteAsync(tar, file, cancellationToken).ConfigureAwait(false);
                },
                cancellationToken),
            cancellationToken).ConfigureAwait(false);
        foreach (string line in leftOut.ToResult().LeftOut)
            logger.FileLeftOut(calls.Name, line);
    }
}
