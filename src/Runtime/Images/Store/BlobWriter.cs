using System.Buffers;
using System.Security.Cryptography;
using Islet.Storage;

namespace Islet.Images.Store;

/// <summary>A blob being written: a temporary file, hashed while it is written. At the end it gets its name or is deleted.</summary>
internal sealed class BlobWriter : IDisposable
{
    /// <summary>
    /// The time after which an untouched file that no process has locked counts as abandoned. The margin covers the moments in which a
    /// living writer holds no lock: between creating and locking its file, and between closing and renaming it.
    /// </summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private const int BufferSize = 1 << 18;

    private readonly ContentStore _store;
    private readonly string _path;
    private readonly string _algorithm;
    private readonly long? _maxLength;
    private readonly IncrementalHash _hash;
    private readonly FileStream _file;
    private bool _published;

    public BlobWriter(ContentStore store, string path, string algorithm, long? maxLength)
    {
        (_store, _path, _algorithm, _maxLength) = (store, path, algorithm, maxLength);
        _file = StoreFile.Create(path);
        _hash = IncrementalHash.CreateHash(algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
    }

    /// <summary>The number of bytes written.</summary>
    public long Length { get; private set; }

    public async Task CopyFromAsync(Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int read; (read = await source.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false)) > 0;)
            {
                Length += read;
                if (Length > _maxLength)
                    throw new InvalidImageException($"A blob is longer than the {_maxLength} bytes that it was said to have.");

                _hash.AppendData(buffer, 0, read);
                Write(buffer.AsSpan(0, read));
                progress?.Report(Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Closes the file and returns the digest of its content.</summary>
    public Digest Finish()
    {
        try
        {
            _file.SetLength(Length); // it may end with a hole
            if (_store.FlushToDisk)
                _file.Flush(flushToDisk: true);
            _file.Dispose();
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, _path, _maxLength);
        }

        return Digest.FromHash(_algorithm, _hash.GetHashAndReset());
    }

    /// <summary>Gives the file its name, atomically. If another writer was faster, the file replaces one with the same bytes.</summary>
    public void Publish(Digest digest)
    {
        string destination = _store.PathOf(digest);
        CacheDirectory.CreatePrivate(Path.GetDirectoryName(destination)!);
        try
        {
            File.Move(_path, destination, overwrite: true);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, destination, Length);
        }

        _published = true;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _file.Dispose();
        if (!_published)
            File.Delete(_path);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            // Blocks of zeros become holes, so that gigabytes of them take no space in the store either.
            if (bytes.ContainsAnyExcept((byte)0))
                _file.Write(bytes);
            else
                _file.Seek(bytes.Length, SeekOrigin.Current);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw StorageException.FromWrite(exception, _path, _maxLength);
        }
    }
}
