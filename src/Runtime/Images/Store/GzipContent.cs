using System.IO.Compression;

namespace Islet.Images.Store;

/// <summary>
/// Decompresses gzip (RFC 1952) and is strict about it: a wrong checksum, a cut-off trailer, bytes after the last member and a size
/// beyond the limit are errors. Several members in a row are one content, as the RFC has it.
/// </summary>
internal sealed class GzipContent : ReadOnlyStream
{
    private readonly string _name;
    private readonly long _limit;
    private readonly EndMarkedStream _compressed;
    private readonly GZipStream _gzip;
    private long _length;

    /// <summary>Takes over a compressed stream.</summary>
    /// <param name="compressed">The compressed bytes, owned from now on.</param>
    /// <param name="compressedSize">How many there are.</param>
    /// <param name="name">What it is, for messages: “Layer sha256:…”.</param>
    /// <param name="limit">How large it may become.</param>
    public GzipContent(Stream compressed, long compressedSize, string name, DecompressionLimit limit)
    {
        _name = name;
        _limit = limit.For(compressedSize);
        _compressed = new EndMarkedStream(compressed);
        _gzip = new GZipStream(_compressed, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Check(buffer.Length, _gzip.Read(buffer));
        }
        catch (InvalidDataException error)
        {
            throw Malformed(error);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Check(buffer.Length, await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (InvalidDataException error)
        {
            throw Malformed(error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private int Check(int requested, int read)
    {
        _length += read;
        if (_length > _limit)
        {
            throw new InvalidImageException(
                $"{_name} expands to more than {new MemorySize(_limit)}, which is out of proportion to its compressed size.");
        }

        if (read == 0 && requested > 0 && !_compressed.MarkWasRead)
            throw new InvalidImageException($"{_name} has bytes after the end of its gzip stream.");

        return read;
    }

    private InvalidImageException Malformed(InvalidDataException error) => new($"{_name} is not valid gzip, or is cut off.", error);

    /// <summary>
    /// GZipStream stops without a word at bytes that begin no further member, and when its input ends within a member's trailer. So we
    /// append a member of our own, an empty one: it is read to its end only if all before it were whole members.
    /// </summary>
    private sealed class EndMarkedStream(Stream content) : ReadOnlyStream
    {
        private static readonly byte[] EmptyMember = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        private int _markPosition = -1;

        /// <summary>Was more asked for after the appended member?</summary>
        public bool MarkWasRead { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read = _markPosition < 0 ? content.Read(buffer) : 0;
            return read > 0 ? read : ReadMark(buffer);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = _markPosition < 0 ? await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) : 0;
            return read > 0 ? read : ReadMark(buffer.Span);
        }

        private int ReadMark(Span<byte> buffer)
        {
            _markPosition = Math.Max(_markPosition, 0);
            ReadOnlySpan<byte> rest = EmptyMember.AsSpan(_markPosition);
            int count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            _markPosition += count;
            MarkWasRead |= count == 0;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                content.Dispose();
            base.Dispose(disposing);
        }
    }
}
