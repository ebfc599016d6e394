using System.Formats.Tar;
using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Files;

/// <summary>Packs a file or a tree as pax entries: links of both kinds, owners, modes, times and extended attributes are kept.</summary>
internal sealed class TarWriting
{
    private const string AttributePrefix = "SCHILY.xattr.";

    private readonly string _path;
    private readonly string _rootName;
    private readonly Dictionary<(ulong Device, ulong Inode), string> _firstNames = [];

    private TarWriting(string path, string rootName)
    {
        _path = path;
        _rootName = rootName;
    }

    /// <summary>Looks whether the path is there, before a byte is written.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="contentsOnly">Names are relative to the path itself, else to its parent.</param>
    /// <param name="followLink">A symbolic link stands for what it points to.</param>
    public static TarWriting Open(string path, bool contentsOnly, bool followLink)
    {
        if (FileStatus.Find(path, followLink) is null)
            throw new LinuxException(Errno.ENOENT, $"read {path}");
        string trimmed = path.TrimEnd('/');
        string name = contentsOnly || trimmed.Length == 0 ? "" : trimmed[(trimmed.LastIndexOf('/') + 1)..];
        return new TarWriting(followLink ? Resolve(path) : path, name);
    }

    public void WriteTo(Stream output)
    {
        using var writer = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        Write(writer, _path, _rootName);
    }

    private void Write(TarWriter writer, string path, string name)
    {
        if (FileStatus.Find(path, followLink: false) is not { } status)
            return; // removed since its directory was listed

        // The top of a tree of contents has no name of its own.
        if (name.Length > 0)
            WriteEntry(writer, path, name, status);
        if (!status.IsDirectory)
            return;

        string prefix = name.Length == 0 ? "" : name + "/";
        string[] children = Directory.GetFileSystemEntries(path);
        Array.Sort(children, StringComparer.Ordinal);
        foreach (string child in children)
            Write(writer, child, prefix + Path.GetFileName(child));
    }

    private void WriteEntry(TarWriter writer, string path, string name, FileStatus status)
    {
        if (status.Links > 1 && !status.IsDirectory && !_firstNames.TryAdd((status.Device, status.Inode), name))
        {
            var link = new PaxTarEntry(TarEntryType.HardLink, name) { LinkName = _firstNames[(status.Device, status.Inode)] };
            SetMetadata(link, status);
            writer.WriteEntry(link);
            return;
        }

        if (TypeOf(status) is not { } type)
            return; // a socket: no archive can hold it
        var entry = new PaxTarEntry(type, status.IsDirectory ? name + "/" : name, AttributesOf(path));
        SetMetadata(entry, status);
        if (status.IsSymbolicLink)
            entry.LinkName = PathOperations.ReadLink(path);
        if (type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice)
            (entry.DeviceMajor, entry.DeviceMinor) = ((int)status.SpecialMajor, (int)status.SpecialMinor);
        if (status.IsRegularFile && status.Size > 0)
            entry.DataStream = new FixedLengthFile(Descriptor.Open(path, OpenFlags.ReadOnly | OpenFlags.NoFollow), (long)status.Size);
        using Stream? content = entry.DataStream;
        writer.WriteEntry(entry);
    }

    private static void SetMetadata(PaxTarEntry entry, FileStatus status)
    {
        entry.Uid = (int)status.User;
        entry.Gid = (int)status.Group;
        entry.Mode = (UnixFileMode)(status.Mode & 0xFFF);
        entry.ModificationTime = DateTimeOffset.FromUnixTimeSeconds(status.ModifiedSeconds)
            .AddTicks(status.ModifiedNanoseconds / TimeSpan.NanosecondsPerTick);
    }

    private static List<KeyValuePair<string, string>> AttributesOf(string path)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        foreach ((string name, byte[] value) in PathOperations.ReadAttributes(path))
        {
            // A pax record is text; a value that is none (file capabilities) would not come back as it was.
            if (IsText(value))
                attributes.Add(new(AttributePrefix + name, Encoding.UTF8.GetString(value)));
        }

        return attributes;
    }

    private static bool IsText(byte[] value) => System.Text.Unicode.Utf8.IsValid(value) && !value.AsSpan().Contains((byte)'\n');

    private static TarEntryType? TypeOf(FileStatus status) => status.Type switch
    {
        FileStatus.Regular => TarEntryType.RegularFile,
        FileStatus.Directory => TarEntryType.Directory,
        FileStatus.SymbolicLink => TarEntryType.SymbolicLink,
        FileStatus.CharacterDevice => TarEntryType.CharacterDevice,
        FileStatus.BlockDevice => TarEntryType.BlockDevice,
        FileStatus.Fifo => TarEntryType.Fifo,
        _ => null,
    };

    private static string Resolve(string path)
    {
        const int MaxLinks = 40; // as many as the kernel follows
        for (int i = 0; i < MaxLinks && FileStatus.Find(path, followLink: false) is { IsSymbolicLink: true }; i++)
            path = Path.Combine(Path.GetDirectoryName(path) ?? "/", PathOperations.ReadLink(path));
        return path;
    }
}
