using Islet.Diagnostics;

namespace Islet.Files;

/// <summary>
/// An entry's name, checked and split into parts: it is below the directory that is written, without <c>.</c> and empty parts.
/// </summary>
internal readonly struct ExtractedName
{
    private const int LongestPart = 255; // NAME_MAX
    private const int LongestPath = 4095; // PATH_MAX less the terminator: what programs of the host can open

    private readonly byte[] _bytes;
    private readonly Range[] _parts;

    private ExtractedName(byte[] bytes, Range[] parts) => (_bytes, _parts) = (bytes, parts);

    /// <summary>The parts, joined by slashes: equal for all spellings of a name.</summary>
    public byte[] Bytes => _bytes;

    public bool IsTop => _parts.Length == 0;

    public int Depth => _parts.Length;

    /// <summary>The last part; the name must not be that of the top.</summary>
    public ReadOnlySpan<byte> Last => _bytes.AsSpan(_parts[^1]);

    public ReadOnlySpan<byte> Part(int index) => _bytes.AsSpan(_parts[index]);

    /// <summary>The parts above the last, joined by slashes.</summary>
    public ReadOnlySpan<byte> Parent => Depth < 2 ? [] : _bytes.AsSpan(0, _parts[^1].Start.Value - 1);

    /// <exception cref="ContainerFileException">The name leads out of the directory, or the host can't have it.</exception>
    public static ExtractedName Parse(byte[] name, int rootLength)
    {
        Refuse(name.Contains((byte)0), name, "its name has a NUL in it");
        Refuse(name is [(byte)'/', ..], name, "its name leads out of the directory");
        Refuse(rootLength + name.Length > LongestPath, name, "its path would be longer than the host allows");
        var bytes = new List<byte>(name.Length);
        var parts = new List<Range>();
        foreach (Range range in name.AsSpan().Split((byte)'/'))
        {
            ReadOnlySpan<byte> part = name.AsSpan(range);
            if (part.IsEmpty || part.SequenceEqual("."u8))
                continue;
            Refuse(part.SequenceEqual(".."u8), name, "its name leads out of the directory");
            Refuse(part.Length > LongestPart, name, "its name has a part of more than 255 bytes, which the host does not allow");
            if (parts.Count > 0)
                bytes.Add((byte)'/');
            parts.Add(bytes.Count..(bytes.Count + part.Length));
            bytes.AddRange(part);
        }

        return new ExtractedName([.. bytes], [.. parts]);
    }

    /// <exception cref="ContainerFileException">The condition holds.</exception>
    public void RefuseIf(bool condition, string why) => Refuse(condition, _bytes, why);

    private static void Refuse(bool condition, byte[] name, string why)
    {
        if (condition)
            throw new ContainerFileException($"\"{Printable.Of(name)}\" from the container was not written to the host: {why}.");
    }
}
