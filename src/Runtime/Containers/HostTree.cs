using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Islet.Diagnostics;

namespace Islet.Containers;

/// <summary>What is in a file or directory of the host, apart from times: a fresh checkout of the same files is the same.</summary>
internal static class HostTree
{
    /// <summary>Hashes names, kinds, permissions, link targets and contents.</summary>
    /// <exception cref="StorageException">Something in it can't be read.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            FileSystemInfo root = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (!root.Exists)
                throw new FileNotFoundException($"There is no {path} on the host to copy into the container.", path);
            await AppendAsync(hash, root, "", cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not FileNotFoundException && StorageException.Describes(error))
        {
            throw new StorageException($"{path} can't be read: {error.Message}", error);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task AppendAsync(IncrementalHash hash, FileSystemInfo entry, string name, CancellationToken cancellationToken)
    {
        Append(hash, name);
        Append(hash, entry.LinkTarget is { } target ? "link " + target : entry is DirectoryInfo ? "directory" : "file");
        if (entry.LinkTarget is not null)
            return;

        Append(hash, OperatingSystem.IsWindows() ? "" : ((int)entry.UnixFileMode).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (entry is DirectoryInfo directory)
        {
            foreach (FileSystemInfo child in directory.EnumerateFileSystemInfos().OrderBy(child => child.Name, StringComparer.Ordinal))
                await AppendAsync(hash, child, $"{name}/{child.Name}", cancellationToken).ConfigureAwait(false);
            return;
        }

        FileStream content = File.OpenRead(entry.FullName);
        await using (content.ConfigureAwait(false))
            hash.AppendData(await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
    }

    // With its length in front, no two lists of texts are the same bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
