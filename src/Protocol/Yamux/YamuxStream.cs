using System.Runtime.CompilerServices;

namespace Islet.Protocol.Yamux;

/// <summary>
/// One stream of a <see cref="YamuxChannel"/>, whose lock guards all state here: the internal methods are called with the lock held.
/// </summary>
internal sealed class YamuxStream(YamuxChannel channel, uint id) : GuestStream
{
    private readonly ReceiveBuffer _received = new();
    private readonly AsyncSignal _readable = new();
    private readonly AsyncSignal _writable = new();

    private bool _localClosed;
    private bool _remoteClosed;
    private Exception? _readFailure;
    private Exception? _writeFailure;

    public uint Id { get; } = id;

    /// <summary>Whether both sides have closed it.</summary>
    public bool IsFinished => _localClosed && _remoteClosed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int count;
        while (!channel.TryRead(this, buffer.Span, out count))
            await _readable.WaitAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            int sent = channel.Write(this, buffer.Span);
            buffer = buffer[sent..];
            if (buffer.IsEmpty)
                return;

            if (sent == 0)
                await _writable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        channel.CompleteWrites(this);
        return ValueTask.CompletedTask;
    }

    public override void Abort() => channel.Abandon(this, new IOException("The stream was aborted on this side."));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            channel.Abandon(this, new ObjectDisposedException(nameof(GuestStream)));
        base.Dispose(disposing);
    }

    // Written bytes are already on their way: the transport's writer needs no push.
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    internal bool TryTake(Span<byte> destination, out int count)
    {
        count = _received.Read(destination);
        if (count > 0 || (destination.IsEmpty && _received.Length > 0))
            return true;
        if (_readFailure is not null)
            throw Copy(_readFailure);
        return _remoteClosed;
    }

    internal void ThrowIfNotWritable()
    {
        if (_writeFailure is not null)
            throw Copy(_writeFailure);
        if (_localClosed)
            throw new InvalidOperationException("The stream's writes were completed.");
    }

    internal bool TryCompleteWrites()
    {
        if (_localClosed || _writeFailure is not null)
            return false;

        _localClosed = true;
        return true;
    }

    internal void OnData(ReadOnlySpan<byte> data)
    {
        _received.Write(data);
        _readable.Set();
    }

    internal void OnRemoteClosed()
    {
        _remoteClosed = true;
        _readable.Set();
    }

    internal void OnWritable() => _writable.Set();

    /// <summary>Handles a reset. It discards the bytes received before it, because the guest has withdrawn them.</summary>
    internal void OnReset()
    {
        _received.Clear();
        Fail(new IOException("The guest has reset the stream."));
    }

    /// <summary>
    /// Handles the end of the channel. Received bytes stay readable: the last bytes of a guest that has ended matter most.
    /// </summary>
    internal void OnChannelEnded(IOException reason)
    {
        if (!_remoteClosed)
            _readFailure ??= reason;
        _writeFailure ??= reason;
        _readable.Set();
        _writable.Set();
    }

    internal void OnAbandoned(Exception reason)
    {
        _received.Clear();
        Fail(reason);
    }

    private void Fail(Exception reason)
    {
        _readFailure ??= reason;
        _writeFailure ??= reason;
        _readable.Set();
        _writable.Set();
    }

    /// <summary>Creates a separate exception for every throw: a shared one would collect the stack traces of all.</summary>
    private static Exception Copy(Exception failure) => failure is ObjectDisposedException
        ? new ObjectDisposedException(nameof(GuestStream))
        : new IOException(failure.Message, failure.InnerException);
}
