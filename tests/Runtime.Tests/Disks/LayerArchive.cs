using System.Globalization;
using System.Text;
using Islet.Disks;

namespace Islet.Tests.Disks;

/// <summary>
/// Writes tar archives byte by byte, including broken and exotic ones. Names are strings whose characters are bytes (Latin-1), so that a
/// test can use any name that Linux allows.
/// </summary>
internal sealed class LayerArchive
{
    private readonly MemoryStream _archive = new();
    private readonly List<(string Key, byte[] Value)> _pax = [];

    public long Length => _archive.Length;

    public LayerSource ToLayer(string name = "test layer") => new(name, Open);

    public Stream Open() => new MemoryStream(_archive.GetBuffer(), 0, (int)_archive.Length, writable: false);

    public LayerArchive Directory(string name, int mode = 0b111_101_101, uint uid = 0, uint gid = 0, long mtime = 0) =>
        Entry('5', name, mode: mode, uid: uid, gid: gid, mtime: mtime);

    public LayerArchive File(string name, string content = "", int mode = 0b110_100_100) =>
        File(name, Encoding.Latin1.GetBytes(content), mode);

    public LayerArchive File(string name, byte[] content, int mode = 0b110_100_100, uint uid = 0, uint gid = 0, long mtime = 0) =>
        Entry('0', name, content, mode: mode, uid: uid, gid: gid, mtime: mtime);

    public LayerArchive SymbolicLink(string name, string target) => Entry('2', name, linkName: target, mode: 0b111_111_111);

    public LayerArchive HardLink(string name, string target) => Entry('1', name, linkName: target);

    public LayerArchive Whiteout(string directory, string name) => File(Join(directory, ".wh." + name));

    public LayerArchive Opaque(string directory) => File(Join(directory, ".wh..wh..opq"));

    /// <summary>Adds a record to the extended header of the next entry.</summary>
    public LayerArchive Pax(string key, string value) => Pax(key, Encoding.Latin1.GetBytes(value));

    public LayerArchive Pax(string key, byte[] value)
    {
        _pax.Add((key, value));
        return this;
    }

    /// <summary>Writes the collected records as a separate extended header: 'x' for the next entry, 'g' for all that follow.</summary>
    public LayerArchive PaxHeader(char type = 'x')
    {
        byte[] records = [.. _pax.SelectMany(record => PaxRecord(record.Key, record.Value))];
        _pax.Clear();
        return Block(Header(type, "././@PaxHeader", records.Length)).Content(records);
    }

    public LayerArchive Entry(
        char type,
        string name,
        byte[]? content = null,
        string linkName = "",
        int mode = 0b110_100_100,
        uint uid = 0,
        uint gid = 0,
        long mtime = 0,
        uint major = 0,
        uint minor = 0)
    {
        if (name.Length > 100)
            Pax("path", name);
        if (linkName.Length > 100)
            Pax("linkpath", linkName);
        if (_pax.Count > 0)
            PaxHeader();

        content ??= [];
        byte[] header = Header(type, name, content.Length, linkName);
        Number(header, 100, 8, mode);
        Number(header, 108, 8, uid);
        Number(header, 116, 8, gid);
        Number(header, 136, 12, mtime);
        Number(header, 329, 8, major);
        Number(header, 337, 8, minor);
        Seal(header);
        return Block(header).Content(content);
    }

    /// <summary>Adds the two blocks of zeros that end an archive.</summary>
    public LayerArchive End() => Block(new byte[1024]);

    public LayerArchive Block(byte[] bytes)
    {
        _archive.Write(bytes);
        return this;
    }

    /// <summary>Adds bytes, padded to whole blocks.</summary>
    public LayerArchive Content(byte[] bytes)
    {
        _archive.Write(bytes);
        _archive.Write(new byte[-bytes.Length & 511]);
        return this;
    }

    public static byte[] Header(char type, string name, long size, string linkName = "")
    {
        byte[] header = new byte[512];
        Text(header, 0, name.Length > 100 ? name[..100] : name);
        Number(header, 100, 8, 0b110_100_100);
        Number(header, 108, 8, 0);
        Number(header, 116, 8, 0);
        Number(header, 124, 12, size);
        Number(header, 136, 12, 0);
        header[156] = (byte)type;
        Text(header, 157, linkName.Length > 100 ? linkName[..100] : linkName);
        Text(header, 257, "ustar\0" + "00");
        Seal(header);
        return header;
    }

    /// <summary>Writes a number as octal digits, or in base-256 where they do not suffice.</summary>
    public static void Number(byte[] header, int offset, int length, long value)
    {
        string octal = Convert.ToString(value, 8);
        if (value >= 0 && octal.Length < length)
        {
            Text(header, offset, octal.PadLeft(length - 1, '0') + "\0");
            return;
        }

        for (int i = length - 1; i >= 0; i--, value >>= 8)
            header[offset + i] = (byte)value;
        header[offset] = (byte)(header[offset] | 0x80);
    }

    public static void Text(byte[] header, int offset, string text) => Encoding.Latin1.GetBytes(text).CopyTo(header, offset);

    public static void Seal(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = header.Sum(value => value);
        Text(header, 148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
    }

    private static byte[] PaxRecord(string key, byte[] value)
    {
        int rest = 1 + key.Length + 1 + value.Length + 1;
        int length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
            length++;
        return [.. Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {key}=")), .. value, (byte)'\n'];
    }

    private static string Join(string directory, string name) => directory.Length == 0 ? name : directory + "/" + name;
}
