using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.ZStandard;

namespace Islet.Images.Store;

/// <summary>
/// The compression formats of layers and archives. As in Docker and Podman, the first bytes decide which it is. Media types and file name
/// extensions do not count, because builders get them wrong.
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
    /// <summary>The number of bytes that identify a format.</summary>
    private const int MagicLength = 6;

    /// <summary>Identifies the format from the first bytes of a file. The file must be seekable, and is read again from there.</summary>
    public static Compression Of(Stream file)
    {
        Span<byte> magic = stackalloc byte[MagicLength];
        return Of(magic[..file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)]);
    }

    /// <summary>Opens a compressed stream for reading, decompressed, and takes ownership of it.</summary>
    /// <param name="content">The compressed bytes, from the beginning.</param>
    /// <param name="compression">The format of the compression.</param>
    /// <param name="compressedSize">The number of compressed bytes.</param>
    /// <param name="name">The name of the content, for messages: “Layer sha256:…”.</param>
    /// <param name="limit">The limit of the decompressed size.</param>
    public static Stream Open(Stream content, Compression compression, long compressedSize, string name, DecompressionLimit limit) =>
        compression == Compression.None ? content : new DecompressedContent(content, compression, compressedSize, name, limit);

    /// <summary>Creates the bare decompressor, which takes ownership of the stream and throws the exceptions of its own library.</summary>
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
