using Islet.Values;

namespace Islet.Images.Store;

/// <summary>
/// The content of a compressed stream, within a limit. Errors are converted to ours, because the libraries throw many types.
/// </summary>
internal sealed class DecompressedContent(
    Stream compressed, Compression compression, long compressedSize, string name, DecompressionLimit limit) : ReadOnlyStream
{
    private const int BlockSize = 4096;

    private readonly long _limit = limit.For(compressedSize);
    private Stream? _decompressor; // owns the compressed stream; some read from it as soon as they are made
    private long _length;
    private long _weight;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            int read = Decompressor().Read(buffer);
            Check(buffer[..read]);
            return read;
        }
        catch (Exception exception) when (IsOfContent(exception))
        {
            throw Malformed(exception);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Only gzip's source is read asynchronously; the other formats spend their time in the processor.
            int read = compression == Compression.Gzip
                ? await Decompressor().ReadAsync(buffer, cancellationToken).ConfigureAwait(false)
                : Decompressor().Read(buffer.Span);
            Check(buffer.Span[..read]);
            return read;
        }
        catch (Exception exception) when (IsOfContent(exception))
        {
            throw Malformed(exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            (_decompressor ?? compressed).Dispose();
        base.Dispose(disposing);
    }

    private Stream Decompressor() => _decompressor ??= Compressions.Decompress(compressed, compression);

    private void Check(ReadOnlySpan<byte> read)
    {
        _length += read.Length;
        for (; !read.IsEmpty; read = read[Math.Min(BlockSize, read.Length)..])
        {
            ReadOnlySpan<byte> block = read[..Math.Min(BlockSize, read.Length)];
            if (block.ContainsAnyExcept((byte)0))
                _weight += block.Length;
        }

        if (_weight > _limit)
        {
            throw new InvalidImageException(
                $"{name} expands to more than {new MemorySize(_limit)} of data, which is out of proportion to its compressed size.");
        }

        if (_length > limit.Ceiling)
            throw new InvalidImageException($"{name} expands to more than {new MemorySize(limit.Ceiling)}, more than any layer may have.");
    }

    private static bool IsOfContent(Exception error) => error is not (OperationCanceledException or ImageException)
        && (error is not IOException || error is EndOfStreamException or InvalidDataException);

    private InvalidImageException Malformed(Exception error) =>
        new($"{name} is not valid {compression.ToString().ToLowerInvariant()}, or is cut off: {Excerpt.Of(error.Message)}", error);
}
