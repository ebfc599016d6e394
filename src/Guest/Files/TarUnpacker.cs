using System.Text;
using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Files;

/// <summary>Unpacks a tar archive into a directory, with the rights of root and the owners, modes, times and attributes it names.</summary>
/// <remarks>It runs inside the container's root, so no name can lead out of it; names with ".." are still refused.</remarks>
internal sealed class TarUnpacker(string directory)
{
    // The bound in bytes for directories whose modes and times are set at the end. Directories beyond the bound get them at once, and a
    // later time when something is unpacked into them.
    private const int MaxRemembered = 16 << 20;
    private const int EntryWeight = 256;

    private readonly byte[] _directory = Encoding.UTF8.GetBytes(directory);

    // Set last: files that are unpacked into a directory later would change its time again, or be forbidden by its mode.
    private readonly List<(byte[] Path, TarEntry Entry)> _directories = [];
    private readonly byte[] _buffer = new byte[128 * 1024];
    private long _remembered;

    public ulong Entries { get; private set; }

    public ulong Bytes { get; private set; }

    public void ReadFrom(Stream stream)
    {
        PathOperations.MakeDirectories(_directory);
        var archive = new TarDecoder(stream);
        while (archive.ReadEntry() is { } entry)
        {
            Unpack(archive, entry);
            Entries++;
        }

        for (int i = _directories.Count - 1; i >= 0; i--)
            SetMetadata(_directories[i].Path, _directories[i].Entry);
    }

    private void Unpack(TarDecoder archive, TarEntry entry)
    {
        byte[] path = PathOf(entry.Name, out bool isTop);
        if (entry.Type == TarType.Directory)
        {
            MakeOrMergeDirectory(path);
            Remember(path, entry);
            return;
        }

        if (isTop)
            throw Refused(entry, "is no directory and has no name: it would take the place of the directory that is unpacked into");
        MakeParents(path);
        RemoveExisting(path);
        switch (entry.Type)
        {
            case TarType.File or TarType.OldFile or TarType.ContiguousFile:
                WriteFile(archive, path);
                break;
            case TarType.SymbolicLink:
                PathOperations.MakeSymbolicLink(entry.LinkName, path);
                break;
            case TarType.HardLink:
                PathOperations.MakeHardLink(PathOf(entry.LinkName, out _), path);
                return; // everything else belongs to the file it is a name of
            case TarType.Fifo:
                PathOperations.MakeNode(path, FileStatus.Fifo, 0, 0);
                break;
            case TarType.CharacterDevice:
                PathOperations.MakeNode(path, FileStatus.CharacterDevice, entry.DeviceMajor, entry.DeviceMinor);
                break;
            case TarType.BlockDevice:
                PathOperations.MakeNode(path, FileStatus.BlockDevice, entry.DeviceMajor, entry.DeviceMinor);
                break;
            default:
                throw Refused(entry, $"is of the type '{(char)entry.Type}', which can't be unpacked");
        }

        SetMetadata(path, entry);
    }

    private void WriteFile(TarDecoder archive, byte[] path)
    {
        using Descriptor file = PathOperations.Open(
            path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, 0x180);
        int count;
        while ((count = archive.ReadContent(_buffer)) > 0)
        {
            int error = file.WriteAll(_buffer.AsSpan(0, count));
            if (error != 0)
                throw new LinuxException(error, $"write {PathText.Of(path)}");
            Bytes += (ulong)count;
        }
    }

    private void Remember(byte[] path, TarEntry entry)
    {
        _remembered += EntryWeight + path.Length + entry.Name.Length;
        foreach ((byte[] name, byte[] value) in entry.Attributes)
            _remembered += EntryWeight + name.Length + value.Length;
        if (_remembered <= MaxRemembered)
            _directories.Add((path, entry));
        else
            SetMetadata(path, entry);
    }

    private static void SetMetadata(byte[] path, TarEntry entry)
    {
        PathOperations.ChangeOwner(path, entry.User, entry.Group);
        if (entry.Type != TarType.SymbolicLink)
            PathOperations.ChangeMode(path, entry.Mode);
        foreach ((byte[] name, byte[] value) in entry.Attributes)
            SetAttribute(path, name, value);
        PathOperations.SetModified(path, entry.ModifiedSeconds, entry.ModifiedNanoseconds);
    }

    private static void SetAttribute(byte[] path, byte[] name, byte[] value)
    {
        try
        {
            ExtendedAttributes.Set(path, name, value);
        }
        catch (LinuxException exception) when (exception.Error == Errno.EOPNOTSUPP)
        {
            // The attribute belongs to a security module that this kernel lacks, or the filesystem has no attributes: engines leave them
            // out too.
        }
    }

    private byte[] PathOf(byte[] name, out bool isTop)
    {
        ReadOnlySpan<byte> relative = name.AsSpan().Trim((byte)'/');
        bool hasName = false;
        foreach (Range range in relative.Split((byte)'/'))
        {
            ReadOnlySpan<byte> part = relative[range];
            if (part.SequenceEqual(".."u8))
                throw new GrpcException(StatusCode.InvalidArgument, $"the archive names \"{PathText.Of(name)}\": \"..\" is not allowed");
            hasName |= !part.IsEmpty && !part.SequenceEqual("."u8);
        }

        isTop = !hasName;
        if (isTop)
            return _directory;
        return [.. _directory.AsSpan().TrimEnd((byte)'/'), (byte)'/', .. relative];
    }

    private static GrpcException Refused(TarEntry entry, string why) =>
        new(StatusCode.InvalidArgument, $"the archive's entry \"{PathText.Of(entry.Name)}\" {why}");

    /// <summary>
    /// Merges a directory into an existing one, also when a symbolic link leads to that. Anything else at the path is replaced.
    /// </summary>
    private static void MakeOrMergeDirectory(byte[] path)
    {
        MakeParents(path);
        if (FileStatus.Find(path, followLink: true) is { IsDirectory: true })
            return;
        if (FileStatus.Find(path, followLink: false) is not null)
            PathOperations.RemoveFile(path);
        PathOperations.MakeDirectory(path, 0x1ED);
    }

    private static void RemoveExisting(byte[] path)
    {
        if (FileStatus.Find(path, followLink: false) is not { } existing)
            return;
        if (existing.IsDirectory)
            PathOperations.RemoveDirectory(path);
        else
            PathOperations.RemoveFile(path);
    }

    private static void MakeParents(byte[] path)
    {
        int slash = path.AsSpan().LastIndexOf((byte)'/');
        if (slash > 0)
            PathOperations.MakeDirectories(path.AsSpan(0, slash));
    }
}
