using System.Formats.Tar;

namespace Islet.Containers;

/// <summary>Writes files of the host as a pax tar for the guest, with links and modes kept.</summary>
internal static class HostTar
{
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Writes one file or a directory with all below it, under the name it gets in the container.</summary>
    public static async Task WriteAsync(TarWriter tar, HostCopy copy, CancellationToken cancellationToken)
    {
        string name = copy.Path.Trim('/');
        if (!Directory.Exists(copy.Source))
        {
            await WriteEntryAsync(tar, new FileInfo(copy.Source), name, copy, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Links are taken as links, never followed: a link to a directory above would never end.
        var entries = new Queue<(DirectoryInfo Directory, string Name)>();
        entries.Enqueue((new DirectoryInfo(copy.Source), name));
        if (name.Length > 0)
            await WriteEntryAsync(tar, new DirectoryInfo(copy.Source), name, copy, cancellationToken).ConfigureAwait(false);
        while (entries.TryDequeue(out (DirectoryInfo Directory, string Name) current))
        {
            foreach (FileSystemInfo entry in current.Directory.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                string entryName = current.Name.Length == 0 ? entry.Name : $"{current.Name}/{entry.Name}";
                await WriteEntryAsync(tar, entry, entryName, copy, cancellationToken).ConfigureAwait(false);
                if (entry is DirectoryInfo { LinkTarget: null } directory)
                    entries.Enqueue((directory, entryName));
            }
        }
    }

    public static async Task WriteAsync(TarWriter tar, ContainerFile file, CancellationToken cancellationToken)
    {
        var entry = new PaxTarEntry(file.IsDirectory ? TarEntryType.Directory : TarEntryType.RegularFile, file.Path.Trim('/'))
        {
            Mode = file.Mode,
            Uid = file.UserId,
            Gid = file.GroupId,
            ModificationTime = DateTimeOffset.UtcNow,
        };
        if (!file.IsDirectory)
            entry.DataStream = new MemoryStream(file.Content.ToArray(), writable: false);
        await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteEntryAsync(
        TarWriter tar, FileSystemInfo source, string name, HostCopy copy, CancellationToken cancellationToken)
    {
        TarEntryType type = source.LinkTarget is not null ? TarEntryType.SymbolicLink
            : source is DirectoryInfo ? TarEntryType.Directory
            : TarEntryType.RegularFile;
        var entry = new PaxTarEntry(type, name)
        {
            Uid = copy.UserId,
            Gid = copy.GroupId,
            ModificationTime = source.LastWriteTimeUtc,
        };
        if (type == TarEntryType.SymbolicLink)
            entry.LinkName = source.LinkTarget!;
        else
            entry.Mode = ModeOf(source, type, copy.Mode);

        if (type != TarEntryType.RegularFile)
        {
            await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        FileStream content = File.OpenRead(source.FullName);
        await using (content.ConfigureAwait(false))
        {
            entry.DataStream = content;
            await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    // A mode that was asked for is meant for files; a directory needs its x bits to be of use.
    private static UnixFileMode ModeOf(FileSystemInfo source, TarEntryType type, UnixFileMode? wanted) =>
        wanted is { } mode && type == TarEntryType.RegularFile ? mode
        : OperatingSystem.IsWindows() ? DirectoryMode
        : source.UnixFileMode;
}
