using System.Security.Cryptography;
using System.Text;
using Islet.Native.Posix;
using Islet.Storage;

namespace Islet.Snapshots;

/// <summary>
/// The random key, one per cache, with which secrets are hashed into snapshot keys. It never leaves the cache. So a snapshot key that is
/// seen elsewhere, in a log or a listing, reveals nothing about a password.
/// </summary>
internal sealed class SnapshotSecret
{
    private const string FileName = "secret.key";
    private const int Length = 32;

    private readonly byte[] _key;

    private SnapshotSecret(byte[] key) => _key = key;

    /// <summary>Reads the cache's key, or makes it. If several processes make it at the same time, all of them get the same.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <exception cref="StorageException">The directory can't be written.</exception>
    public static SnapshotSecret ReadOrCreate(string directory)
    {
        CacheDirectory.CreatePrivate(directory);
        string path = Path.Combine(directory, FileName);
        while (true)
        {
            if (TryRead(path) is { } key)
                return new SnapshotSecret(key);

            Create(path);
        }
    }

    /// <summary>Returns the keyed hash of a secret under its name: the same value has another hash under another name.</summary>
    public byte[] Hash(string name, string value)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        hash.AppendData(BitConverter.GetBytes(nameBytes.Length));
        hash.AppendData(nameBytes);
        hash.AppendData(Encoding.UTF8.GetBytes(value));
        return hash.GetHashAndReset();
    }

    private static byte[]? TryRead(string path)
    {
        using FileStream? file = StoreFile.TryOpenRead(path);
        byte[] key = new byte[Length];
        return file?.Length == Length && file.ReadAtLeast(key, Length, throwOnEndOfStream: false) == Length ? key : null;
    }

    private static void Create(string path)
    {
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            // A file that exists and still can't be read as a key is damaged, and not just being made by another process. With a new key,
            // the next starts can't use their warm states.
            bool damaged = File.Exists(path) && TryRead(path) is null;
            using (FileStream file = StoreFile.Create(temporary))
                file.Write(RandomNumberGenerator.GetBytes(Length));
            Publish(temporary, path, damaged);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster; its key counts.
            File.Delete(temporary);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            File.Delete(temporary);
            throw StorageException.FromWrite(exception, path, Length);
        }
    }

    /// <summary>
    /// Gives the new key its final name. File.Move checks whether a file exists and then renames. If two processes check at the same time,
    /// the second would replace the first one's key. A hard link can be made only by the first process.
    /// </summary>
    private static void Publish(string temporary, string path, bool replace)
    {
        if (replace || (!HardLink.TryCreate(temporary, path) && !File.Exists(path)))
            File.Move(temporary, path, overwrite: replace);
        else
            File.Delete(temporary);
    }
}
