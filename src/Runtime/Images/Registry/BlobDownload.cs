using Islet.Values;

namespace Islet.Images.Registry;

/// <summary>
/// A download that resumes where it stopped when its connection breaks or ends too early. The number of attempts without progress is
/// limited; attempts that make progress are not.
/// </summary>
/// <param name="open">Opens the blob at an offset.</param>
/// <param name="newReader">Creates the reader that reads from one connection and checks its speed.</param>
/// <param name="descriptor">The blob to download.</param>
/// <param name="maxResumptions">The number of resumptions in a row that are allowed without progress.</param>
internal sealed class BlobDownload(
    Func<long, CancellationToken, Task<Stream>> open,
    Func<Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>>> newReader,
    Descriptor descriptor,
    int maxResumptions) : ReadOnlyStream
{
    /// <summary>The bytes that a connection must deliver to count as progress. Some proxies cut every connection after 100 kB.</summary>
    private const long Progress = 1 << 16;

    private Stream? _current; // owned; replaced when the download is resumed
    private Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>> _read = newReader();
    private long _position;
    private long _resumedAt;
    private int _resumptions;

    public override long Length => descriptor.Size;

    /// <summary>Creates the error for a blob that ends before its declared size.</summary>
    public static InvalidImageException TooShort(Descriptor descriptor, long length) =>
        new($"The blob {descriptor.Digest} ended after {length} of {descriptor.Size} bytes.");

    /// <summary>Requests the blob from its first byte.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken) => _current = await open(0, cancellationToken).ConfigureAwait(false);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                _current ??= await open(_position, cancellationToken).ConfigureAwait(false);
                int count = await _read(_current, buffer, cancellationToken).ConfigureAwait(false);
                _position += count;
                if (count > 0 || buffer.IsEmpty || _position >= descriptor.Size)
                    return count;

                // The connection ended as if the blob were complete; the cause is usually a proxy.
                if (!MayResume())
                    throw TooShort(descriptor, _position);
                await BreakOffAsync().ConfigureAwait(false);
            }
            catch (RegistryUnreachableException exception) when (exception.IsTransient && _current is not null && MayResume())
            {
                await BreakOffAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task BreakOffAsync()
    {
        (_resumedAt, _resumptions) = (_position, _resumptions + 1);
        await _current!.DisposeAsync().ConfigureAwait(false);
        (_current, _read) = (null, newReader());
    }

    private bool MayResume()
    {
        if (_position - _resumedAt >= Progress)
            _resumptions = 0;
        return _resumptions < maxResumptions;
    }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("A download is read asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _current?.Dispose();
        base.Dispose(disposing);
    }
}
