using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.ZStandard;

namespace Islet.Images.Store;

/// <summary>
/// The ways in which layers and archives are compressed. As for Docker and Podman, the first bytes tell which, and not a media type or an
/// ending: builders get those wrong.
/// </summary>
internal enum Compression
{
    None,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

internal static class Compressions
{
    /// <summary>How many bytes it takes to tell.</summary>
    private const int MagicLength = 6;

    /// <summary>Looks at the beginning of a file that can be read again from there.</summary>
    public static Compression Of(Stream file)
    {
        Span<byte> magic = stackalloc byte[MagicLength];
        return Of(magic[..file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)]);
    }

    /// <summary>Takes a compressed stream over.</summary>
    /// <param name="content">The bytes, from the beginning.</param>
    /// <param name="compression">How they are compressed.</param>
    /// <param name="compressedSize">How many there are.</param>
    /// <param name="name">What it is, for messages: “Layer sha256:…”.</param>
    /// <param name="limit">How large it may become.</param>
    public static Stream Open(Stream content, Compression compression, long compressedSize, string name, DecompressionLimit limit) =>
        compression == Compression.None ? content : new DecompressedContent(content, compression, compressedSize, name, limit);

    /// <summary>The decompressor itself, which takes the stream over and reports its errors in its own way.</summary>
    public static Stream Decompress(Stream content, Compression compression) => compression switch
    {
        Compression.Gzip => new GzipMembers(content),
        Compression.Zstd => new DecompressionStream(content, 0, checkEndOfStream: true, leaveOpen: false),
        Compression.Xz => new XzStreams(content),
        Compression.Bzip2 => BZip2Stream.Create(content, CompressionMode.Decompress, decompressConcatenated: true, leaveOpen: false),
        _ => content,
    };

    private static Compression Of(ReadOnlySpan<byte> magic) => magic switch
    {
        [0x1f, 0x8b, ..] => Compression.Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression.Zstd,
        [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18, ..] => Compression.Zstd, // a frame to be skipped, as zstd:chunked may begin with
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => Compression.Xz,
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x31 or 0x17, ..] => Compression.Bzip2,
        _ => Compression.None,
    };
}
