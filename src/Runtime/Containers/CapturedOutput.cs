using System.Text;

namespace Islet.Containers;

/// <summary>
/// An output of a command: written to the caller's stream as it arrives or, without a stream, kept as text up to a limit.
/// </summary>
internal sealed class CapturedOutput(string name, Stream? destination, MemorySize limit)
{
    private readonly MemoryStream? _kept = destination is null ? new MemoryStream() : null;

    public string Text => _kept is null ? "" : Encoding.UTF8.GetString(_kept.GetBuffer(), 0, (int)_kept.Length);

    /// <exception cref="LostException">The guest is gone. Any other exception comes from the caller's stream.</exception>
    /// <exception cref="TooMuchException">The output is larger than the limit.</exception>
    public async Task CopyAsync(GuestStream source, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await ReadAsync(source, buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            if (_kept is null)
                await destination!.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            else if (_kept.Length + count > limit.Bytes)
                throw new TooMuchException(name, limit);
            else
                _kept.Write(buffer, 0, count);
        }
    }

    private static async ValueTask<int> ReadAsync(GuestStream source, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new LostException(exception);
        }
    }

    /// <summary>Thrown when the guest's end of the stream broke off.</summary>
    internal sealed class LostException(IOException cause) : Exception(cause.Message, cause)
    {
        public IOException Cause => cause;
    }

    /// <summary>Thrown when the command wrote more than may be kept in memory.</summary>
    internal sealed class TooMuchException(string name, MemorySize limit) : Exception(
        $"its {name} is larger than {limit}, so it was killed. Give ExecOptions a stream for it, or a larger CaptureLimit.");
}
