using System.IO.Compression;
using Islet.Values;

namespace Islet.Images.Store;

/// <summary>
/// Decompresses gzip (RFC 1952) strictly: a wrong checksum, a cut-off trailer and bytes after the last member are errors. Several members
/// in a row are one content, as the RFC says. Owns the compressed stream.
/// </summary>
internal sealed class GzipMembers : ReadOnlyStream
{
    private readonly EndMarkedStream _compressed;
    private readonly GZipStream _gzip;

    public GzipMembers(Stream compressed)
    {
        _compressed = new EndMarkedStream(compressed);
        _gzip = new GZipStream(_compressed, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer) => Check(buffer.Length, _gzip.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Check(buffer.Length, await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private int Check(int requested, int read) => read > 0 || requested == 0 || _compressed.MarkWasRead
        ? read
        : throw new InvalidDataException("there are bytes after the end of its gzip stream.");

    /// <summary>
    /// Appends an empty member to the input. GZipStream stops silently at bytes that begin no further member, and when its input ends
    /// within a member's trailer. The appended member is read to its end only if all members before it were complete.
    /// </summary>
    private sealed class EndMarkedStream(Stream content) : ReadOnlyStream
    {
        private static readonly byte[] s_emptyMember = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        private int _markPosition = -1;

        /// <summary>Whether the reader asked for more after the appended member.</summary>
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
            ReadOnlySpan<byte> rest = s_emptyMember.AsSpan(_markPosition);
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
