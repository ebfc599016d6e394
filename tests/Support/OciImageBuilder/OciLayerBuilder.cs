using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Islet.Testing.Support;

/// <summary>
/// Writes a layer's tar from code. Methods that add an entry return this, so that a layer reads as a list. Short names make ustar entries,
/// whose bytes are always the same; .NET puts the process id into the headers of PAX entries.
/// </summary>
internal sealed class OciLayerBuilder
{
    private const int UstarNameLength = 100;
    private static readonly DateTimeOffset s_defaultTime = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly MemoryStream _content = new();
    private readonly TarWriter _writer;

    public OciLayerBuilder() => _writer = new TarWriter(_content, TarEntryFormat.Pax, leaveOpen: true);

    public OciLayerBuilder Directory(string path, UnixFileMode mode = (UnixFileMode)0b111_101_101, int uid = 0, int gid = 0)
    {
        PosixTarEntry entry = Create(TarEntryType.Directory, path);
        (entry.Mode, entry.Uid, entry.Gid) = (mode, uid, gid);
        return Add(entry);
    }

    public OciLayerBuilder File(string path, string content, UnixFileMode mode = (UnixFileMode)0b110_100_100, int uid = 0, int gid = 0) =>
        File(path, Encoding.UTF8.GetBytes(content), mode, uid, gid);

    public OciLayerBuilder File(string path, byte[] content, UnixFileMode mode = (UnixFileMode)0b110_100_100, int uid = 0, int gid = 0)
    {
        PosixTarEntry entry = Create(TarEntryType.RegularFile, path);
        (entry.Mode, entry.Uid, entry.Gid, entry.DataStream) = (mode, uid, gid, new MemoryStream(content));
        return Add(entry);
    }

    public OciLayerBuilder Symlink(string path, string target) => Link(TarEntryType.SymbolicLink, path, target);

    public OciLayerBuilder HardLink(string path, string target) => Link(TarEntryType.HardLink, path, target);

    public OciLayerBuilder CharacterDevice(string path, int major, int minor)
    {
        PosixTarEntry entry = Create(TarEntryType.CharacterDevice, path);
        (entry.DeviceMajor, entry.DeviceMinor) = (major, minor);
        return Add(entry);
    }

    /// <summary>Removes the lower layers' file at this path.</summary>
    public OciLayerBuilder Whiteout(string path) => File(Beside(path, ".wh." + Path.GetFileName(path)), "");

    /// <summary>Hides the lower layers' content of this directory.</summary>
    public OciLayerBuilder Opaque(string directory) => File(directory.TrimEnd('/') + "/.wh..wh..opq", "");

    /// <summary>Adds an entry as it is: for extended attributes, odd types, hostile names.</summary>
    public OciLayerBuilder Add(TarEntry entry)
    {
        _writer.WriteEntry(entry);
        return this;
    }

    /// <summary>Returns the tar so far, with its end.</summary>
    public byte[] ToTar()
    {
        _writer.Dispose();
        return _content.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }

    private OciLayerBuilder Link(TarEntryType type, string path, string target)
    {
        PosixTarEntry entry = Create(type, path, target);
        entry.LinkName = target;
        return Add(entry);
    }

    private static PosixTarEntry Create(TarEntryType type, string path, string target = "")
    {
        bool isShort = Encoding.UTF8.GetByteCount(path) < UstarNameLength && Encoding.UTF8.GetByteCount(target) < UstarNameLength;
        PosixTarEntry entry = isShort ? new UstarTarEntry(type, path) : new PaxTarEntry(type, path);
        entry.ModificationTime = s_defaultTime;
        return entry;
    }

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(path) ?? "", name);
}
