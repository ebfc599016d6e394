using System.Runtime.ExceptionServices;
using Islet.Tar;
using Islet.Values;

namespace Islet.Files;

/// <summary>
/// Reads a tar that comes from a container on a separate thread. Unpacking consists mostly of blocking calls, and it may wait for
/// the guest without blocking a pool thread that other work needs.
/// </summary>
internal static class TarThread
{
    /// <exception cref="TarException">The stream is not a tar, or is a damaged one.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    public static async Task<T> RunAsync<T>(Stream tar, Func<TarStreamReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Factory.StartNew(
                () => read(new TarStreamReader(new BlockingReads(tar, cancellationToken))),
                cancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (BrokenStreamException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
            throw;
        }
    }

    /// <summary>
    /// Thrown when the stream itself failed. It must not be mistaken for an error of the files that are written meanwhile.
    /// </summary>
    private sealed class BrokenStreamException(Exception cause) : Exception(cause.Message, cause);

    /// <summary>A stream that blocks for each read, until it is cancelled. Does not own the inner stream.</summary>
    private sealed class BlockingReads(Stream stream, CancellationToken cancellationToken) : ReadOnlyStream
    {
        private readonly byte[] _buffer = new byte[128 * 1024];
        private int _start;
        private int _end;

        public override int Read(Span<byte> buffer)
        {
            if (_start == _end)
                Fill();
            int count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }

        private void Fill()
        {
            try
            {
                (_start, _end) = (0, stream.ReadAsync(_buffer, cancellationToken).AsTask().GetAwaiter().GetResult());
            }
            catch (IOException exception)
            {
                throw new BrokenStreamException(exception);
            }
        }
    }
}
