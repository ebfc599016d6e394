using System.Security.Cryptography;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// The file with a machine's device state: a mark, the SHA-256 of the rest, and QEMU's migration stream. The stream itself has no checksum,
/// and a flipped bit in it would become a wrong register in a guest.
/// </summary>
internal static class SavedState
{
    private const int HeadLength = 8 + SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Mark => "isletvm1"u8;

    /// <summary>Writes the file, which gets its name only once it is complete.</summary>
    /// <exception cref="StorageException">The file can't be written; nothing is left of it.</exception>
    public static void Write(string path, ReadOnlySpan<byte> stream)
    {
        string partial = path + ".partial";
        try
        {
            using (var file = new FileStream(partial, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                Span<byte> head = stackalloc byte[HeadLength];
                Mark.CopyTo(head);
                _ = SHA256.HashData(stream, head[Mark.Length..]);
                file.Write(head);
                file.Write(stream);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            if (File.Exists(partial)) // deleting in a directory that is missing would be an error of its own
                File.Delete(partial);
            throw StorageException.FromWrite(exception, path);
        }
    }

    /// <summary>Reads QEMU's stream.</summary>
    /// <exception cref="SavedMachineException">The file is missing, or its content has changed since it was written.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new SavedMachineException(
                $"The saved machine can't be restored: its state {path} can't be read: {exception.Message}", exception);
        }

        if (bytes.Length <= HeadLength || !bytes.AsSpan().StartsWith(Mark)
            || !SHA256.HashData(bytes.AsSpan(HeadLength)).AsSpan().SequenceEqual(bytes.AsSpan(Mark.Length, SHA256.HashSizeInBytes)))
            throw new SavedMachineException($"The saved machine can't be restored: its state {path} is damaged. Remove it.");
        return bytes.AsMemory(HeadLength);
    }
}
