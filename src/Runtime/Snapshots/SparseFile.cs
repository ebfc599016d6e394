using Islet.Native.Posix;
using Islet.Storage;
using Microsoft.Win32.SafeHandles;

namespace Islet.Snapshots;

/// <summary>Copies files that consist mostly of holes, such as a machine's memory, and keeps the holes.</summary>
internal static class SparseFile
{
    // A cancellation is noticed between two pieces.
    private const long LongestPiece = 16 << 20;
    private const int BufferSize = 1 << 18;

    /// <inheritdoc cref="Copy"/>
    public static Task CopyAsync(string source, string destination, CancellationToken cancellationToken = default) =>
        Task.Run(() => Copy(source, destination, cancellationToken), cancellationToken);

    /// <summary>
    /// Copies a file: its blocks are shared if the file system can do that, else only its data is copied. A copy that fails is removed.
    /// </summary>
    /// <param name="source">The file to copy. It must not change meanwhile.</param>
    /// <param name="destination">The new file, accessible only to its owner; it must not exist yet.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <exception cref="StorageException">The source can't be read or the destination can't be written.</exception>
    public static void Copy(string source, string destination, CancellationToken cancellationToken = default)
    {
        using FileStream from = StoreFile.TryOpenRead(source) ?? throw new StorageException($"There is no file {source} to copy.");
        using FileStream to = StoreFile.Create(destination);
        try
        {
            if (!Reflink.TryClone(from.SafeFileHandle, to.SafeFileHandle))
                CopyData(from.SafeFileHandle, to.SafeFileHandle, from.Length, cancellationToken);
        }
        catch (Exception exception)
        {
            File.Delete(destination);
            if (StorageException.Describes(exception))
                throw StorageException.FromWrite(exception, destination, PosixStatus.Of(source, followLink: false).Allocated);
            throw;
        }
    }

    /// <summary>Copies the data and keeps the holes, even if the file system could share blocks.</summary>
    internal static void CopyData(SafeFileHandle from, SafeFileHandle to, long length, CancellationToken cancellationToken)
    {
        RandomAccess.SetLength(to, length);
        byte[]? buffer = null;
        foreach (DataExtent extent in DataExtent.Of(from, length))
        {
            for (long position = extent.Offset, copied; position < extent.End; position += copied)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long piece = Math.Min(extent.End - position, LongestPiece);
                copied = buffer is null ? KernelCopy.TryCopy(from, to, position, piece) : -1;
                if (copied < 0)
                    copied = CopyThrough(buffer ??= new byte[BufferSize], from, to, position, piece);
                if (copied == 0)
                    throw new EndOfStreamException("The file became shorter while it was copied.");
            }
        }
    }

    private static int CopyThrough(byte[] buffer, SafeFileHandle from, SafeFileHandle to, long position, long length)
    {
        int read = RandomAccess.Read(from, buffer.AsSpan(0, (int)Math.Min(length, buffer.Length)), position);
        RandomAccess.Write(to, buffer.AsSpan(0, read), position);
        return read;
    }
}
