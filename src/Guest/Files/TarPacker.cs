using System.Runtime.InteropServices;
using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Files;

/// <summary>
/// Packs a file or a tree. Links of both kinds, owners, modes, times and extended attributes are kept, and names to the byte. A container
/// decides how deep a tree is and how much is in it. So nothing here is recursive, and the memory it takes is bounded.
/// </summary>
internal sealed class TarPacker
{
    // The bound in bytes for directories that are not read to their end, and for names of files with several links. Far more than any tree
    // needs that was meant to be copied.
    private const int MaxRemembered = 16 << 20;

    private readonly byte[] _path;
    private readonly byte[] _rootName;
    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly Dictionary<(ulong Device, ulong Inode), (byte[] Name, uint Left)> _firstNames = [];
    private readonly Stack<Level> _levels = new();
    private readonly List<byte> _current = [];
    private long _remembered;
    private long _rememberedLinks;

    private TarPacker(byte[] path, byte[] rootName)
    {
        _path = path;
        _rootName = rootName;
    }

    /// <summary>Checks that the path exists, before a byte is written.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="contentsOnly">Whether names are relative to the path itself; otherwise they are relative to its parent.</param>
    /// <param name="followLink">Whether a symbolic link at the path stands for its target.</param>
    public static TarPacker Open(string path, bool contentsOnly, bool followLink)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        if (FileStatus.Find(bytes, followLink) is null)
            throw new LinuxException(Errno.ENOENT, $"read {PathText.Of(bytes)}");
        ReadOnlySpan<byte> trimmed = bytes.AsSpan().TrimEnd((byte)'/');
        byte[] name = contentsOnly ? [] : trimmed[(trimmed.LastIndexOf((byte)'/') + 1)..].ToArray();
        return new TarPacker(followLink ? Resolve(bytes) : bytes, name);
    }

    public void WriteTo(Stream output)
    {
        var archive = new TarEncoder(output);
        _current.AddRange(_path);
        Write(archive, output);
        while (_levels.TryPeek(out Level? level))
        {
            Cut(level.PathLength);
            _remembered -= level.Weight;
            bool hasNext = level.TryNext(CurrentPath, out byte[] child);
            _remembered += level.Weight;
            if (!hasNext)
            {
                _remembered -= _levels.Pop().Weight;
                continue;
            }

            if (_current[^1] != '/')
                _current.Add((byte)'/');
            _current.AddRange(child);
            Write(archive, output);
        }

        archive.Complete();
    }

    private ReadOnlySpan<byte> CurrentPath => CollectionsMarshal.AsSpan(_current);

    /// <summary>Returns the name of the current file in the archive: the name of the root, followed by the path below the root.</summary>
    private byte[] CurrentName()
    {
        ReadOnlySpan<byte> below = CurrentPath[_path.Length..].TrimStart((byte)'/');
        return _rootName.Length == 0 ? below.ToArray() : below.IsEmpty ? _rootName : [.. _rootName, (byte)'/', .. below];
    }

    private void Cut(int length) => CollectionsMarshal.SetCount(_current, length);

    private void Write(TarEncoder archive, Stream output)
    {
        if (FileStatus.Find(CurrentPath, followLink: false) is not { } status)
            return; // removed since its directory was listed

        // The top of a tree of contents has no name.
        if (CurrentName() is { Length: > 0 } name)
            WriteEntry(archive, output, CurrentPath, name, status);
        if (!status.IsDirectory)
            return;
        var level = new Level(_current.Count);
        _remembered += level.Weight;
        if (_remembered > MaxRemembered)
            throw new LinuxException(Errno.ENAMETOOLONG, $"read {PathText.Of(CurrentPath)}, which lies too deep");
        _levels.Push(level);
    }

    private void WriteEntry(TarEncoder archive, Stream output, ReadOnlySpan<byte> path, byte[] name, FileStatus status)
    {
        if (TypeOf(status) is not { } type)
            return; // a socket: no archive can hold it
        var entry = new TarEntry
        {
            Name = status.IsDirectory ? [.. name, (byte)'/'] : name,
            Type = type,
            Mode = status.Mode & 0xFFF,
            User = status.User,
            Group = status.Group,
            ModifiedSeconds = status.ModifiedSeconds,
            ModifiedNanoseconds = status.ModifiedNanoseconds,
        };
        if (FirstNameOf(status, name) is { } first)
        {
            (entry.Type, entry.LinkName) = (TarType.HardLink, first);
            archive.WriteHeader(entry);
            return;
        }

        entry.Attributes = ExtendedAttributes.Read(path);
        if (status.IsSymbolicLink)
            entry.LinkName = PathOperations.ReadLink(path);
        if (type is TarType.CharacterDevice or TarType.BlockDevice)
            (entry.DeviceMajor, entry.DeviceMinor) = (status.SpecialMajor, status.SpecialMinor);
        if (!status.IsRegularFile)
        {
            archive.WriteHeader(entry);
            return;
        }

        // Not blocking: a pipe may have replaced the file by now. The length is taken from the file that was opened.
        using Descriptor file = PathOperations.Open(
            path, OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal);
        FileStatus opened = FileStatus.Of(file);
        if (!opened.IsRegularFile)
            return;
        entry.Size = (long)opened.Size;
        archive.WriteHeader(entry);
        WriteContent(output, file, entry.Size);
        archive.Pad(entry.Size);
    }

    /// <summary>
    /// Writes exactly as many bytes as the header says. A container may continue to write while it is copied; a file that has grown or
    /// shrunk meanwhile must not shift everything after it in the archive.
    /// </summary>
    private void WriteContent(Stream output, Descriptor file, long length)
    {
        while (length > 0)
        {
            Span<byte> part = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, length));
            int count = file.Read(part);
            if (count < 0)
                throw new LinuxException(-count, "read a file");
            if (count == 0)
            {
                part.Clear();
                count = part.Length;
            }

            output.Write(part[..count]);
            length -= count;
        }
    }

    /// <summary>Returns the name under which the file is in the archive already; null for the first of its names.</summary>
    private byte[]? FirstNameOf(FileStatus status, byte[] name)
    {
        if (status.Links <= 1 || status.IsDirectory)
            return null;
        var key = (status.Device, status.Inode);
        if (_firstNames.TryGetValue(key, out (byte[] Name, uint Left) first))
        {
            // After the last of the file's names, its entry is not needed any more.
            if (first.Left <= 1)
            {
                _firstNames.Remove(key);
                _rememberedLinks -= first.Name.Length;
            }
            else
            {
                _firstNames[key] = (first.Name, first.Left - 1);
            }

            return first.Name;
        }

        // Beyond the bound a file of several names is packed as several files: they take more space, but nothing is lost.
        if (_rememberedLinks + name.Length <= MaxRemembered)
        {
            _rememberedLinks += name.Length;
            _firstNames.Add(key, (name, status.Links - 1));
        }

        return null;
    }

    private static byte? TypeOf(FileStatus status) => status.Type switch
    {
        FileStatus.Regular => TarType.File,
        FileStatus.Directory => TarType.Directory,
        FileStatus.SymbolicLink => TarType.SymbolicLink,
        FileStatus.CharacterDevice => TarType.CharacterDevice,
        FileStatus.BlockDevice => TarType.BlockDevice,
        FileStatus.Fifo => TarType.Fifo,
        _ => null,
    };

    private static byte[] Resolve(byte[] path)
    {
        const int MaxLinks = 40; // as many as the kernel follows
        path = path.AsSpan().TrimEnd((byte)'/').ToArray();
        for (int i = 0; i < MaxLinks && path.Length > 0 && FileStatus.Find(path, followLink: false) is { IsSymbolicLink: true }; i++)
        {
            byte[] target = PathOperations.ReadLink(path);
            path = target is [(byte)'/', ..] ? target : [.. path.AsSpan(0, path.AsSpan().LastIndexOf((byte)'/') + 1), .. target];
        }

        return path.Length == 0 ? "/"u8.ToArray() : path;
    }

    /// <summary>A directory that is being packed.</summary>
    private sealed class Level(int pathLength)
    {
        private const int OwnWeight = 128, NameWeight = 64;

        private readonly DirectoryEntries _entries = new();
        private List<byte[]> _names = [];
        private int _next;

        public int PathLength => pathLength;

        /// <summary>The approximate number of bytes that the level takes in memory while directories below it are packed.</summary>
        public int Weight { get; private set; } = OwnWeight;

        public bool TryNext(ReadOnlySpan<byte> path, out byte[] child)
        {
            if (_next == _names.Count)
            {
                _names = _entries.ReadSome(path);
                _next = 0;
                Weight = OwnWeight;
                foreach (byte[] name in _names)
                    Weight += NameWeight + name.Length;
            }

            child = _names.Count > 0 ? _names[_next++] : [];
            return _names.Count > 0;
        }
    }
}
