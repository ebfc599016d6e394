using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Islet.Native.Posix;
using Islet.Storage;
using Microsoft.Win32.SafeHandles;

namespace Islet.Snapshots;

/// <summary>
/// The hash of a sparse file's content: SHA-256 over the number and the bytes of each 64 KiB block that is not all zero, and the length.
/// Holes cost nothing. Since a hole hashes like zeros, the layout that a file system chooses for the file makes no difference.
/// </summary>
internal static class ContentHash
{
    private const int BlockSize = 1 << 16;
    private const int BufferSize = 1 << 20;

    /// <summary>Hashes a file, on a thread of the thread pool.</summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="SnapshotException">There is no such file.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static Task<string> ComputeAsync(string path, CancellationToken cancellationToken = default) =>
        Task.Run(() => Compute(path, cancellationToken), cancellationToken);

    private static string Compute(string path, CancellationToken cancellationToken)
    {
        using FileStream file = StoreFile.TryOpenRead(path) ?? throw new SnapshotException($"There is no file {path}.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long length = file.Length, done = 0;
            foreach (DataExtent extent in DataExtent.Of(file.SafeFileHandle, length))
            {
                // Whole blocks are hashed. One of them may reach from one extent into the next.
                long position = Math.Max(done, extent.Offset / BlockSize * BlockSize);
                done = Math.Min(length, (extent.End + BlockSize - 1) / BlockSize * BlockSize);
                for (int read; position < done; position += read)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    read = Fill(file.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(BufferSize, done - position)), position);
                    AppendBlocks(hash, position / BlockSize, buffer.AsSpan(0, read));
                }
            }

            AppendNumber(hash, length);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Fill(SafeFileHandle file, Span<byte> buffer, long position)
    {
        int filled = 0;
        for (int read; filled < buffer.Length && (read = RandomAccess.Read(file, buffer[filled..], position + filled)) > 0;)
            filled += read;
        return filled == buffer.Length ? filled : throw new EndOfStreamException("The file became shorter while it was read.");
    }

    private static void AppendBlocks(IncrementalHash hash, long number, ReadOnlySpan<byte> blocks)
    {
        for (; !blocks.IsEmpty; number++)
        {
            ReadOnlySpan<byte> block = blocks[..Math.Min(BlockSize, blocks.Length)];
            blocks = blocks[block.Length..];
            if (!block.ContainsAnyExcept((byte)0))
                continue;

            AppendNumber(hash, number);
            hash.AppendData(block);
        }
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
