using System.Formats.Tar;
using System.Text;
using Islet.Guest.Linux;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Files;

/// <summary>Unpacks a tar archive into a directory, with the rights of root and the owners, modes, times and attributes it names.</summary>
/// <remarks>It runs inside the container's root, so no name can lead out; names with ".." are refused all the same.</remarks>
internal sealed class TarReading(string directory)
{
    private const string AttributePrefix = "SCHILY.xattr.";

    // Set last: what is unpacked into a directory later would change its time again, or be forbidden by its mode.
    private readonly List<(string Path, TarEntry Entry)> _directories = [];
    private readonly byte[] _buffer = new byte[128 * 1024];

    public ulong Entries { get; private set; }

    public ulong Bytes { get; private set; }

    public void ReadFrom(Stream archive)
    {
        PathOperations.MakeDirectories(directory);
        using (var reader = new TarReader(archive, leaveOpen: true))
        {
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
                    continue;
                Unpack(entry);
                Entries++;
            }
        }

        for (int i = _directories.Count - 1; i >= 0; i--)
            SetMetadata(_directories[i].Path, _directories[i].Entry);
    }

    private void Unpack(TarEntry entry)
    {
        string path = PathOf(entry.Name);
        if (entry.EntryType == TarEntryType.Directory)
        {
            MakeOrMergeDirectory(path);
            _directories.Add((path, entry));
            return;
        }

        MakeParents(path);
        RemoveExisting(path);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                WriteFile(path, entry);
                break;
            case TarEntryType.SymbolicLink:
                PathOperations.MakeSymbolicLink(entry.LinkName, path);
                break;
            case TarEntryType.HardLink:
                PathOperations.MakeHardLink(PathOf(entry.LinkName), path);
                return; // everything else belongs to the file it is a name of
            case TarEntryType.Fifo:
                PathOperations.MakeNode(path, FileStatus.Fifo, 0, 0);
                break;
            case TarEntryType.CharacterDevice or TarEntryType.BlockDevice:
                var device = (PosixTarEntry)entry;
                PathOperations.MakeNode(
                    path,
                    entry.EntryType == TarEntryType.BlockDevice ? FileStatus.BlockDevice : FileStatus.CharacterDevice,
                    (uint)device.DeviceMajor,
                    (uint)device.DeviceMinor);
                break;
            default:
                throw new TtrpcException(
                    StatusCode.InvalidArgument, $"the archive has an entry of the type {entry.EntryType}, {entry.Name}, which can't be unpacked");
        }

        SetMetadata(path, entry);
    }

    private void WriteFile(string path, TarEntry entry)
    {
        using Descriptor file = Descriptor.Open(
            path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, 0x180);
        if (entry.DataStream is not { } data)
            return;
        using var output = new DescriptorStream(file, path);
        int count;
        while ((count = data.Read(_buffer)) > 0)
        {
            output.Write(_buffer.AsSpan(0, count));
            Bytes += (ulong)count;
        }
    }

    private static void SetMetadata(string path, TarEntry entry)
    {
        PathOperations.ChangeOwner(path, (uint)entry.Uid, (uint)entry.Gid);
        if (entry.EntryType != TarEntryType.SymbolicLink)
            PathOperations.ChangeMode(path, (uint)entry.Mode);
        if (entry is PaxTarEntry pax)
            SetAttributes(path, pax);
        PathOperations.SetModified(path, entry.ModificationTime);
    }

    private static void SetAttributes(string path, PaxTarEntry entry)
    {
        foreach ((string name, string value) in entry.ExtendedAttributes)
        {
            // The reader takes values for text; one that was none has lost bytes, and is better left out than set wrong.
            if (name.StartsWith(AttributePrefix, StringComparison.Ordinal) && !value.Contains('\uFFFD', StringComparison.Ordinal))
                PathOperations.SetAttribute(path, name[AttributePrefix.Length..], Encoding.UTF8.GetBytes(value));
        }
    }

    private string PathOf(string name)
    {
        string relative = name.Trim('/');
        foreach (Range part in relative.AsSpan().Split('/'))
        {
            if (relative.AsSpan()[part] is "..")
                throw new TtrpcException(StatusCode.InvalidArgument, $"the archive names \"{name}\": \"..\" is not allowed");
        }

        return relative is "" or "." ? directory : $"{directory.TrimEnd('/')}/{relative}";
    }

    /// <summary>A directory is merged into one that is there, also when it is there by a symbolic link; anything else gives way.</summary>
    private static void MakeOrMergeDirectory(string path)
    {
        MakeParents(path);
        if (FileStatus.Find(path, followLink: true) is { IsDirectory: true })
            return;
        if (FileStatus.Find(path, followLink: false) is not null)
            PathOperations.RemoveFile(path);
        PathOperations.MakeDirectory(path, 0x1ED);
    }

    private static void RemoveExisting(string path)
    {
        if (FileStatus.Find(path, followLink: false) is not { } existing)
            return;
        if (existing.IsDirectory)
            PathOperations.RemoveDirectory(path);
        else
            PathOperations.RemoveFile(path);
    }

    private static void MakeParents(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash > 0)
            PathOperations.MakeDirectories(path[..slash]);
    }
}
