using Islet.Images.Store;

namespace Islet.Images.Registry;

/// <summary>
/// A download that goes on where it stopped when its connection breaks: a few times without getting on, and as often as it takes when
/// each connection brings it further.
/// </summary>
internal sealed class BlobDownload(
    Func<long, CancellationToken, Task<Stream>> open,
    Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>> read,
    long size,
    int maxResumptions) : ReadOnlyStream
{
    private const long Progress = 1 << 20;

    private Stream? _current; // owned; replaced when the download is resumed
    private long _position;
    private long _resumedAt;
    private int _resumptions;

    public override long Length => size;

    /// <summary>Asks for the first byte.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken) => _current = await open(0, cancellationToken).ConfigureAwait(false);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                _current ??= await open(_position, cancellationToken).ConfigureAwait(false);
                int count = await read(_current, buffer, cancellationToken).ConfigureAwait(false);
                _position += count;
                return count;
            }
            catch (RegistryUnreachableException error) when (error.IsTransient && _current is not null && MayResume())
            {
                (_resumedAt, _resumptions) = (_position, _resumptions + 1);
                await _current.DisposeAsync().ConfigureAwait(false);
                _current = null;
            }
        }
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
