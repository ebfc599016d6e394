using Islet.Description;
using Islet.Diagnostics;
using Islet.Native.Posix;
using Islet.Tar;
using Islet.Values;

namespace Islet.Files;

/// <summary>Writes files of the host as a tar for the guest, with links, pipes, devices and modes kept.</summary>
internal static class HostTar
{
    /// <summary>Writes one file or a directory with all below it, under the name it gets in the container.</summary>
    /// <exception cref="StorageException">A file or directory can't be read.</exception>
    public static async Task WriteAsync(TarStreamWriter tar, HostCopy copy, LeftOutFiles leftOut, CancellationToken cancellationToken)
    {
        byte[] top = ContainerPaths.ToEntryName(copy.Path);
        foreach (HostFile file in Reading(copy.Source, HostWalk.Of(copy.Source, cancellationToken)))
        {
            byte[] name = file.Name.Length == 0 ? top : top.Length == 0 ? file.Name : [.. top, (byte)'/', .. file.Name];
            if (name.Length == 0 && file.Status.Type == PosixFileType.Folder)
                continue; // the container's own root, which keeps what it is
            if (file.Status.Type == PosixFileType.Socket)
                leftOut.Add(name, "a socket, which no archive can hold");
            else
                await WriteAsync(tar, file, name, copy, cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task WriteAsync(TarStreamWriter tar, ContainerFile file, CancellationToken cancellationToken)
    {
        var entry = new TarEntry
        {
            Type = file.IsDirectory ? TarEntryType.Directory : TarEntryType.RegularFile,
            Name = ContainerPaths.ToEntryName(file.Path),
            Permissions = (ushort)((int)file.Mode & 0xFFF),
            UserId = (uint)file.UserId,
            GroupId = (uint)file.GroupId,
            Modified = new Timestamp(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 0),
            Size = file.IsDirectory ? 0 : file.Content.Length,
        };
        await tar.BeginAsync(entry, cancellationToken).ConfigureAwait(false);
        if (!file.IsDirectory)
            await tar.WriteAsync(file.Content, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteAsync(
        TarStreamWriter tar, HostFile file, byte[] name, HostCopy copy, CancellationToken cancellationToken)
    {
        TarEntry entry = Describe(file, name, copy);
        if (entry.Type != TarEntryType.RegularFile)
        {
            await tar.BeginAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        using HostFileContent content = Reading(copy.Source, () => HostFileContent.Open(file));
        await tar.BeginAsync(entry with { Size = content.Length }, cancellationToken).ConfigureAwait(false);
        await foreach (ReadOnlyMemory<byte> part in content.ReadAsync(cancellationToken).ConfigureAwait(false))
            await tar.WriteAsync(part, cancellationToken).ConfigureAwait(false);
    }

    private static TarEntry Describe(HostFile file, byte[] name, HostCopy copy)
    {
        TarEntryType type = file.Status.Type switch
        {
            PosixFileType.Folder => TarEntryType.Directory,
            PosixFileType.SymbolicLink => TarEntryType.SymbolicLink,
            PosixFileType.NamedPipe => TarEntryType.NamedPipe,
            PosixFileType.CharacterDevice => TarEntryType.CharacterDevice,
            PosixFileType.BlockDevice => TarEntryType.BlockDevice,
            _ => TarEntryType.RegularFile,
        };

        return new TarEntry
        {
            Type = type,
            Name = name,
            LinkName = type == TarEntryType.SymbolicLink ? Reading(copy.Source, file.ReadLink) : [],
            Permissions = PermissionsOf(file, type, copy.Mode),
            UserId = (uint)copy.UserId,
            GroupId = (uint)copy.GroupId,
            Modified = new Timestamp(file.Status.Modified.Seconds, file.Status.Modified.Nanoseconds),
            DeviceMajor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? file.Status.Special.Major : 0,
            DeviceMinor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? file.Status.Special.Minor : 0,
        };
    }

    // A requested mode is meant for files. Users who can read a directory can also enter it, or it would be of no use to them.
    private static ushort PermissionsOf(HostFile file, TarEntryType type, UnixFileMode? asked) => (type, asked) switch
    {
        (TarEntryType.RegularFile, { } mode) => (ushort)((int)mode & 0xFFF),
        (TarEntryType.Directory, { } mode) => (ushort)(((int)mode & 0x1FF) | (((int)mode & 0x124) >> 2)),
        _ => file.Permissions,
    };

    // Errors of the host's files must not be mistaken for errors of the stream to the guest: both are IOException.
    private static IEnumerable<HostFile> Reading(string path, IEnumerable<HostFile> files)
    {
        using IEnumerator<HostFile> next = files.GetEnumerator();
        while (Reading(path, next.MoveNext))
            yield return next.Current;
    }

    private static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{Printable.Of(path)} can't be read to be copied: {exception.Message}", exception);
        }
    }
}
