using System.Security.Cryptography;
using Islet.Protocol.Http2;

namespace Islet.Agent;

/// <summary>
/// The bytes of one HTTP/2 connection over a virtio-serial port, which outlives its users and may hold bytes that were meant for them. It
/// begins with an exchange of its own, which costs no round trip.
/// </summary>
/// <remarks>
/// <para>To the guest: the preface, which tells an agent that still serves an earlier host to begin again; settings without content; and
/// a PING with random bytes. Then whatever the client writes, without its preface. All of it is ordinary HTTP/2.</para>
/// <para>From the guest: all bytes before the answer to that PING belong to the earlier host, possibly from the middle of a frame on, or
/// are the agent's greeting, and are skipped. The client is given the greeting at once, because it is constant, and of what follows the
/// frames of its calls: see <see cref="GuestFrames"/>.</para>
/// </remarks>
internal sealed class GuestTransport : Stream
{
    private const int TokenSize = 8;

    private readonly Stream _inner;
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _token = RandomNumberGenerator.GetBytes(TokenSize);
    private readonly GuestFrames _frames = new();
    private readonly byte[] _buffer = new byte[GuestFrames.MaxHeld + (32 * 1024)];
    private ReadOnlyMemory<byte> _ready;
    private int _given;
    private int _prefaceRemaining = Http2ServerConnection.Preface.Length;
    private readonly Task _synchronized;
    private long _heard;
    private long _sent;

    /// <param name="inner">The bytes to and from the guest, which the transport owns. It reads them from now on, so that it notices their
    /// end.</param>
    public GuestTransport(Stream inner)
    {
        _inner = inner;
        _synchronized = SynchronizeAsync();
        _ = _synchronized.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
    }

    /// <summary>Completes when the transport has ended, with the reason, or <see langword="null"/> when its owner closed it.</summary>
    public Task<Exception?> Closed => _closed.Task;

    public long Heard => Volatile.Read(ref _heard);

    public long Sent => Volatile.Read(ref _sent);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public IOException CreateEndedException() => _closed.Task is { IsCompletedSuccessfully: true, Result: { } reason }
        ? new IOException($"The channel to the guest has ended: {reason.Message}", reason)
        : new IOException("The channel to the guest has been closed.");

    public ValueTask CloseAsync()
    {
        _closed.TrySetResult(null);
        return _inner.DisposeAsync();
    }

    /// <summary>Ends the transport for a reason, which <see cref="Closed"/> tells.</summary>
    public ValueTask BreakAsync(Exception reason)
    {
        _closed.TrySetResult(reason);
        return _inner.DisposeAsync();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_given < Http2ServerConnection.Greeting.Length)
            return GiveGreeting(buffer.Span);
        await _synchronized.WaitAsync(cancellationToken).ConfigureAwait(false);
        while (_ready.IsEmpty)
        {
            int received = await ReadInnerAsync(Incoming, cancellationToken).ConfigureAwait(false);
            if (received == 0)
                return 0;
            Accept(Incoming.Span[..received]);
        }

        int count = Math.Min(_ready.Length, buffer.Length);
        _ready[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_prefaceRemaining > 0)
        {
            bool isFirst = _prefaceRemaining == Http2ServerConnection.Preface.Length;
            int dropped = Math.Min(_prefaceRemaining, buffer.Length);
            _prefaceRemaining -= dropped;
            buffer = isFirst ? (byte[])[.. CreateOpening(), .. buffer.Span[dropped..]] : buffer[dropped..];
        }

        Interlocked.Increment(ref _sent);
        try
        {
            await _inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new IOException($"The guest takes no more bytes: {exception.Message}", exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }

    private Memory<byte> Incoming => _buffer.AsMemory(GuestFrames.MaxHeld);

    private int GiveGreeting(Span<byte> target)
    {
        int count = Math.Min(Http2ServerConnection.Greeting.Length - _given, target.Length);
        Http2ServerConnection.Greeting.Slice(_given, count).CopyTo(target);
        _given += count;
        return count;
    }

    private void Accept(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _ready = _buffer.AsMemory(0, _frames.Filter(bytes, _buffer));
        }
        catch (IOException exception)
        {
            _closed.TrySetResult(exception);
            throw;
        }
    }

    private byte[] CreateOpening()
    {
        byte[] opening = new byte[Http2ServerConnection.Preface.Length + FrameHeader.Size + FrameHeader.Size + TokenSize];
        Http2ServerConnection.Preface.CopyTo(opening);
        Span<byte> rest = opening.AsSpan(Http2ServerConnection.Preface.Length);
        new FrameHeader(0, FrameType.Settings, 0, 0).Write(rest);
        new FrameHeader(TokenSize, FrameType.Ping, 0, 0).Write(rest[FrameHeader.Size..]);
        _token.CopyTo(rest[(FrameHeader.Size * 2)..]);
        return opening;
    }

    /// <summary>Skips everything up to the answer to this connection's PING.</summary>
    private async Task SynchronizeAsync()
    {
        Memory<byte> bytes = Incoming;
        byte[] answer = new byte[FrameHeader.Size + TokenSize];
        new FrameHeader(TokenSize, FrameType.Ping, FrameFlags.Acknowledge, 0).Write(answer);
        _token.CopyTo(answer, FrameHeader.Size);

        for (int kept = 0; await ReadInnerAsync(bytes[kept..], CancellationToken.None).ConfigureAwait(false) is > 0 and int count;)
        {
            int length = kept + count;
            int at = bytes.Span[..length].IndexOf(answer);
            if (at >= 0)
            {
                Accept(bytes.Span[(at + answer.Length)..length]);
                return;
            }

            // The answer may be cut anywhere.
            kept = Math.Min(length, answer.Length - 1);
            bytes.Slice(length - kept, kept).CopyTo(bytes);
        }
    }

    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            int count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0)
                Interlocked.Increment(ref _heard);
            else if (!buffer.IsEmpty)
                _closed.TrySetResult(new EndOfStreamException("The guest's end of the transport was closed."));
            return count;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _closed.TrySetResult(exception);
            throw new IOException($"The guest's end of the transport broke off: {exception.Message}", exception);
        }
    }
}
