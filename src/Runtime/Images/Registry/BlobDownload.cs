using Islet.Images.Store;

namespace Islet.Images.Registry;

/// <summary>
/// A download that goes on where it stopped when its connection breaks or ends too early: a few times without getting on, and as often as
/// it takes when each connection brings it further.
/// </summary>
/// <param name="open">Opens the blob at an offset.</param>
/// <param name="newReader">Makes what reads from one connection and judges it.</param>
/// <param name="descriptor">What is downloaded.</param>
/// <param name="maxResumptions">How often in a row it goes on without having got further.</param>
internal sealed class BlobDownload(
    Func<long, CancellationToken, Task<Stream>> open,
    Func<Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>>> newReader,
    Descriptor descriptor,
    int maxResumptions) : ReadOnlyStream
{
    /// <summary>What a connection must bring to count as a step. Proxies that cut every connection after 100 kB exist.</summary>
    private const long Progress = 1 << 16;

    private Stream? _current; // owned; replaced when the download is resumed
    private Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>> _read = newReader();
    private long _position;
    private long _resumedAt;
    private int _resumptions;

    public override long Length => descriptor.Size;

    /// <summary>The error of a blob that has an end before its size.</summary>
    public static InvalidImageException TooShort(Descriptor descriptor, long length) =>
        new($"The blob {descriptor.Digest} ended after {length} of {descriptor.Size} bytes.");

    /// <summary>Asks for the first byte.</summary>
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

                // The connection ended as if that were all: a proxy's doing, most often.
                if (!MayResume())
                    throw TooShort(descriptor, _position);
                await BreakOffAsync().ConfigureAwait(false);
            }
            catch (RegistryUnreachableException error) when (error.IsTransient && _current is not null && MayResume())
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
