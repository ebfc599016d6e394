using System.Collections.Concurrent;
using System.Security.Cryptography;
using Islet.Native.Posix;

namespace Islet.Storage;

/// <summary>The hashes of large files that rarely change. Each file is read only once while it stays unchanged.</summary>
internal static class FileContent
{
    private static readonly ConcurrentDictionary<(string Path, PosixStatus Status), string> s_known = new();

    /// <summary>Returns the SHA-256 of a file's content, in hexadecimal digits.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string HashOf(string path)
    {
        // Every change of a file's content also sets its change time, which no program can set.
        var status = PosixStatus.Of(path, followLink: true);
        return s_known.GetOrAdd((path, status), static key =>
        {
            using FileStream stream = File.OpenRead(key.Path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }
}
