using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Islet.Testing.Support;

/// <summary>Writes a layer's tar from code. Methods that add an entry return this, so that a layer reads as a list.</summary>
internal sealed class OciLayerBuilder
{
    private static readonly DateTimeOffset DefaultTime = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly MemoryStream _content = new();
    private readonly TarWriter _writer;

    public OciLayerBuilder() => _writer = new TarWriter(_content, TarEntryFormat.Pax, leaveOpen: true);

    public OciLayerBuilder Directory(string path, UnixFileMode mode = (UnixFileMode)0b111_101_101, int uid = 0, int gid = 0) =>
        Add(new PaxTarEntry(TarEntryType.Directory, path) { Mode = mode, Uid = uid, Gid = gid });

    public OciLayerBuilder File(string path, string content, UnixFileMode mode = (UnixFileMode)0b110_100_100, int uid = 0, int gid = 0) =>
        File(path, Encoding.UTF8.GetBytes(content), mode, uid, gid);

    public OciLayerBuilder File(string path, byte[] content, UnixFileMode mode = (UnixFileMode)0b110_100_100, int uid = 0, int gid = 0) =>
        Add(new PaxTarEntry(TarEntryType.RegularFile, path) { Mode = mode, Uid = uid, Gid = gid, DataStream = new MemoryStream(content) });

    public OciLayerBuilder Symlink(string path, string target) => Add(new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target });

    public OciLayerBuilder HardLink(string path, string target) => Add(new PaxTarEntry(TarEntryType.HardLink, path) { LinkName = target });

    public OciLayerBuilder CharacterDevice(string path, int major, int minor) =>
        Add(new PaxTarEntry(TarEntryType.CharacterDevice, path) { DeviceMajor = major, DeviceMinor = minor });

    /// <summary>Removes what a lower layer has at this path.</summary>
    public OciLayerBuilder Whiteout(string path) => File(Beside(path, ".wh." + Path.GetFileName(path)), "");

    /// <summary>Hides what lower layers have in this directory.</summary>
    public OciLayerBuilder Opaque(string directory) => File(directory.TrimEnd('/') + "/.wh..wh..opq", "");

    /// <summary>Adds an entry as it is. One without a time gets a fixed one, so that a layer's digest is always the same.</summary>
    public OciLayerBuilder Add(PaxTarEntry entry)
    {
        if (!entry.ExtendedAttributes.ContainsKey("mtime"))
            entry.ModificationTime = DefaultTime;
        _writer.WriteEntry(entry);
        return this;
    }

    /// <summary>The tar so far, with its end.</summary>
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

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(path) ?? "", name);
}
