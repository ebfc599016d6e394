using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Islet.Values;

namespace Islet.Disks;

/// <summary>
/// Reads a stream on its own thread, a few megabytes ahead of its reader. Decompressing a layer and placing its files take about the same
/// time, so they run in parallel. Owns the source.
/// </summary>
internal sealed class ReadAheadStream : ReadOnlyStream
{
    private const int BufferSize = 256 * 1024;
    private const int Buffers = 8;

    private readonly BlockingCollection<Filled> _filled = new(Buffers);
    private readonly ConcurrentBag<byte[]> _spare = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _reading;
    private ExceptionDispatchInfo? _failure;
    private Filled _current;
    private int _consumed;
    private bool _disposed;

    public ReadAheadStream(Func<Stream> open) =>
        _reading = Task.Factory.StartNew(
            () => ReadAll(open), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public override int Read(Span<byte> buffer)
    {
        if (_consumed == _current.Length && !Next())
            return 0;

        int count = Math.Min(buffer.Length, _current.Length - _consumed);
        _current.Bytes.AsSpan(_consumed, count).CopyTo(buffer);
        _consumed += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _closing.Cancel();
            // The thread owns the source and must have closed it when this returns; the reader has received its errors.
            ((IAsyncResult)_reading).AsyncWaitHandle.WaitOne();
            _filled.Dispose();
            _closing.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Next()
    {
        if (_current.Bytes is not null)
            _spare.Add(_current.Bytes);
        _current = default;
        _consumed = 0;
        if (_filled.TryTake(out _current, Timeout.Infinite))
            return true;

        // The source has ended or failed. In the second case, its error goes to the reader.
        _failure?.Throw();
        return false;
    }

    private void ReadAll(Func<Stream> open)
    {
        try
        {
            using Stream source = open();
            while (true)
            {
                byte[] buffer = _spare.TryTake(out byte[]? spare) ? spare : new byte[BufferSize];
                int read = source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                if (read > 0)
                    _filled.Add(new Filled(buffer, read), _closing.Token);
                if (read < buffer.Length)
                    return;
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The reader was disposed and needs no more.
        }
        catch (Exception exception)
        {
            // Store the failure before announcing the end, so that a failure is never taken for the end.
            _failure = ExceptionDispatchInfo.Capture(exception);
        }
        finally
        {
            _filled.CompleteAdding();
        }
    }

    private readonly record struct Filled(byte[] Bytes, int Length);
}
