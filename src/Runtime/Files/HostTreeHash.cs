using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Islet.Native.Posix;

namespace Islet.Files;

/// <summary>
/// The hash of a file or directory of the host, without times: a fresh checkout of the same files has the same hash.
/// </summary>
internal static class HostTreeHash
{
    /// <summary>Hashes names, kinds, permissions, link targets and contents.</summary>
    /// <exception cref="StorageException">A file or directory in it can't be read.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            if (!Path.Exists(path))
                throw new FileNotFoundException($"There is no {path} on the host to copy into the container.", path);
            foreach (HostFile file in HostWalk.Of(path, cancellationToken))
                await AppendAsync(hash, file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not FileNotFoundException && StorageException.Describes(exception))
        {
            throw new StorageException($"{path} can't be read: {exception.Message}", exception);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task AppendAsync(IncrementalHash hash, HostFile file, CancellationToken cancellationToken)
    {
        if (file.Status.Type == PosixFileType.Socket)
            return; // it is not copied

        Append(hash, file.Name);
        Append(hash, Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Status.Type} {(file.Status.Type == PosixFileType.SymbolicLink ? 0 : file.Permissions)}")));
        switch (file.Status.Type)
        {
            case PosixFileType.SymbolicLink:
                Append(hash, file.ReadLink());
                break;
            case PosixFileType.Regular:
                using (var content = HostFileContent.Open(file))
                {
                    using var contentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                    await foreach (ReadOnlyMemory<byte> part in content.ReadAsync(cancellationToken).ConfigureAwait(false))
                        contentHash.AppendData(part.Span);
                    hash.AppendData(contentHash.GetHashAndReset());
                }

                break;
            case PosixFileType.CharacterDevice or PosixFileType.BlockDevice:
                Append(hash, Encoding.ASCII.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $"{file.Status.Special.Major}:{file.Status.Special.Minor}")));
                break;
        }
    }

    // With the length in front, no two lists of names give the same bytes.
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
