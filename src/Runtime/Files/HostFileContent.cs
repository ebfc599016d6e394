using Islet.Diagnostics;
using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.Files;

/// <summary>
/// The content of a file of the host, with the length it had when it was opened. Other processes may write to it while it is copied, and
/// an archive can't change the length that it has announced.
/// </summary>
internal sealed class HostFileContent : IDisposable
{
    /// <summary>
    /// The limit up to which files are read before their length is announced, so that the length is always that of the content.
    /// </summary>
    private const int SmallFile = 1 << 20;

    /// <summary>The limit for files that the kernel generates (/proc): they have a size of 0, and are read until they end.</summary>
    private const int LargestWithoutSize = 16 << 20;

    private const int BufferSize = 1 << 17;

    private readonly SafeFileHandle _file;
    private readonly string _name;
    private readonly byte[]? _whole;

    private HostFileContent(SafeFileHandle file, string name, byte[]? whole, long length) =>
        (_file, _name, _whole, Length) = (file, name, whole, length);

    /// <summary>The number of bytes that <see cref="ReadAsync"/> returns.</summary>
    public long Length { get; }

    /// <exception cref="StorageException">It is not a regular file any more, or it can't be read.</exception>
    public static HostFileContent Open(HostFile source)
    {
        string name = Printable.Of(source.Name);
        SafeFileHandle file = source.OpenRead();
        try
        {
            var status = PosixStatus.Of(file);
            if (status.Type != PosixFileType.Regular)
                throw new StorageException(
                    $"The file \"{name}\" became something else while it was being copied. Copy it again when nothing changes it.");

            byte[]? whole = status.Size <= SmallFile ? ReadWhole(file, status.Size, name) : null;
            return new HostFileContent(file, name, whole, whole?.Length ?? status.Size);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the content piece by piece. A piece is valid until the next one is requested.</summary>
    /// <exception cref="StorageException">It has become shorter.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_whole is not null)
        {
            if (_whole.Length > 0)
                yield return _whole;
            yield break;
        }

        byte[] buffer = new byte[BufferSize];
        for (long position = 0; position < Length;)
        {
            Memory<byte> wanted = buffer.AsMemory(0, (int)Math.Min(buffer.Length, Length - position));
            int read = await ReadPieceAsync(wanted, position, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new StorageException(
                    $"The file \"{_name}\" became shorter while it was being copied: {position} of {Length} bytes. "
                    + "Copy it again when nothing changes it.");
            }

            position += read;
            yield return wanted[..read];
        }
    }

    public void Dispose() => _file.Dispose();

    // Errors of this file must not be mistaken for errors of the stream to the guest.
    private async ValueTask<int> ReadPieceAsync(Memory<byte> buffer, long position, CancellationToken cancellationToken)
    {
        try
        {
            return await RandomAccess.ReadAsync(_file, buffer, position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"The file \"{_name}\" can't be read to be copied: {exception.Message}", exception);
        }
    }

    private static byte[] ReadWhole(SafeFileHandle file, long size, string name)
    {
        long most = size > 0 ? size : LargestWithoutSize;
        var content = new MemoryStream();
        byte[] buffer = new byte[(int)Math.Min(most, BufferSize)];
        while (content.Length < most)
        {
            Span<byte> wanted = buffer.AsSpan(0, (int)Math.Min(buffer.Length, most - content.Length));
            int read = RandomAccess.Read(file, wanted, content.Length);
            if (read == 0)
                return content.ToArray();
            content.Write(wanted[..read]);
        }

        return size > 0
            ? content.ToArray()
            : throw new StorageException($"The file \"{name}\" grows faster than it can be copied, or has no end.");
    }
}
