using System.Security.Cryptography;
using Islet.Values;

namespace Islet.Images.Store;

/// <summary>
/// A layer's tar stream, verified as it is read. The read that reaches the end of the stream throws if the content differs from the digest
/// in the image's configuration. A tar ends before its stream does. So a reader reads on after the last entry, and trusts nothing it has
/// read until it has come to the end.
/// </summary>
internal sealed class LayerTarStream : ReadOnlyStream
{
    private readonly Stream _content;
    private readonly ImageLayer _layer;
    private readonly ContentStore _store;
    private readonly IncrementalHash _hash;
    private long _position;
    private bool _verified;

    internal LayerTarStream(Stream content, ImageLayer layer, ContentStore store)
    {
        (_content, _layer, _store) = (content, layer, store);
        _hash = layer.DiffId.CreateHash();
    }

    /// <summary>The number of bytes of the tar that have been read.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidImageException">The blob is malformed, or its content does not match the layer's diff ID.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            int read = _content.Read(buffer);
            Account(buffer[..read], buffer.Length);
            return read;
        }
        catch (InvalidImageException exception)
        {
            throw Explain(exception);
        }
    }

    /// <exception cref="InvalidImageException">The blob is malformed, or its content does not match the layer's diff ID.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            int read = await _content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Account(buffer.Span[..read], buffer.Length);
            return read;
        }
        catch (InvalidImageException exception)
        {
            throw Explain(exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Account(ReadOnlySpan<byte> read, int requested)
    {
        _position += read.Length;
        if (read.Length > 0)
        {
            _hash.AppendData(read);
        }
        else if (requested > 0 && !_verified)
        {
            if (!_layer.DiffId.Matches(_hash))
            {
                throw new InvalidImageException(
                    $"Layer {_layer.Digest} is not what the image's configuration says: its content should be {_layer.DiffId}.");
            }

            _verified = true;
        }
    }

    // Either the image is wrong, or only our copy of it. Fetching the image again repairs a damaged copy.
    private InvalidImageException Explain(InvalidImageException error) => !_store.RemoveIfDamaged(_layer.Digest)
        ? error
        : new InvalidImageException(
            $"Layer {_layer.Digest} was damaged in the store at {_store.Root} and has been removed. Start again to fetch it again.", error);
}
