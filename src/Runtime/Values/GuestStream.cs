namespace Islet;

/// <summary>A two-way byte stream between host and guest. Each direction ends separately.</summary>
/// <remarks>
/// Reading returns 0 once the guest has half closed its side. <see cref="IOException"/> from a read or write means that the guest reset the
/// stream or is gone. Disposing a stream resets it unless both sides are closed. One reader and one writer may use it at the same time; two
/// readers or two writers may not.
/// </remarks>
public abstract class GuestStream : Stream
{
    /// <summary>Half closes: the guest reads the end after the written bytes. Reading continues. Calling it twice is harmless.</summary>
    public abstract ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends both directions at once; the guest sees a reset.</summary>
    public abstract void Abort();

    /// <inheritdoc/>
    public sealed override bool CanSeek => false;

    /// <inheritdoc/>
    public sealed override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override void SetLength(long value) => throw new NotSupportedException();
}
