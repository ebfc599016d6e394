using Islet.Storage;

namespace Islet.Images.Store;

/// <summary>
/// Blobs by their digest, as in an OCI image layout: <c>blobs/sha256/&lt;hex&gt;</c>. A blob gets its name only after all of it was written
/// and its digest was verified. So every named blob is complete, for every process that shares the directory.
/// </summary>
internal sealed class ContentStore
{
    private readonly string _blobs;
    private readonly string _temporary;

    /// <summary>Opens the store in a directory, which need not exist.</summary>
    /// <param name="root">The cache directory.</param>
    /// <param name="flushToDisk">
    /// Whether each blob is forced to the disk before it gets its name. Off by default: a blob that a power failure has damaged is detected
    /// by its size or its digest and is fetched again.
    /// </param>
    public ContentStore(string root, bool flushToDisk = false)
    {
        Root = Path.GetFullPath(root);
        FlushToDisk = flushToDisk;
        _blobs = Path.Combine(Root, "blobs");
        _temporary = Path.Combine(Root, "tmp");
    }

    /// <summary>The cache directory.</summary>
    public string Root { get; }

    public bool FlushToDisk { get; }

    /// <summary>Returns the path of the blob, whether or not it exists.</summary>
    public string PathOf(Digest digest) => Path.Combine(_blobs, digest.Algorithm, digest.Hex);

    /// <summary>Whether the blob is present with all its bytes. Its content was verified when it was written.</summary>
    public bool Contains(Digest digest, long size) => StoreFile.LengthOf(PathOf(digest)) == size;

    /// <summary>Opens a blob. The caller owns the stream.</summary>
    /// <exception cref="InvalidImageException">The blob is not in the store.</exception>
    public FileStream OpenRead(Digest digest) =>
        StoreFile.TryOpenRead(PathOf(digest))
            ?? throw new InvalidImageException($"The blob {digest} is not in the store at {Root}. Pull the image again.");

    /// <summary>
    /// Reads a manifest or a configuration and verifies it. A damaged document is removed and counts as missing, so that it is fetched
    /// again.
    /// </summary>
    public byte[]? TryReadDocument(Descriptor descriptor)
    {
        if (!Contains(descriptor.Digest, descriptor.Size) || descriptor.Size > ManifestParser.MaxDocumentSize)
            return null;

        using (FileStream? file = StoreFile.TryOpenRead(PathOf(descriptor.Digest)))
        {
            byte[] content = new byte[descriptor.Size];
            int length = file?.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) ?? 0;
            if (length == content.Length && descriptor.Digest.Matches(content))
                return content;
        }

        Remove(descriptor.Digest);
        return null;
    }

    /// <summary>Writes a blob that is already in memory.</summary>
    public Task WriteAsync(Descriptor descriptor, byte[] content, CancellationToken cancellationToken) =>
        WriteAsync(descriptor, new MemoryStream(content), progress: null, cancellationToken);

    /// <summary>Writes a blob, unless it is present. The caller keeps ownership of the source.</summary>
    /// <param name="descriptor">The blob's digest and size, both of which are verified.</param>
    /// <param name="source">The blob's bytes.</param>
    /// <param name="progress">Receives the number of bytes that have been written.</param>
    /// <param name="cancellationToken">Cancels the write; nothing is left behind.</param>
    /// <exception cref="InvalidImageException">The bytes do not match the digest, or are too many or too few.</exception>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task WriteAsync(Descriptor descriptor, Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (Contains(descriptor.Digest, descriptor.Size))
            return;

        using var writer = new BlobWriter(this, NewTemporaryPath(), descriptor.Digest.Algorithm, descriptor.Size);
        await writer.CopyFromAsync(source, progress, cancellationToken).ConfigureAwait(false);
        Digest actual = writer.Finish();
        if (writer.Length < descriptor.Size)
            throw new InvalidImageException($"The blob {descriptor.Digest} ended after {writer.Length} of {descriptor.Size} bytes.");
        if (actual != descriptor.Digest)
            throw new InvalidImageException($"The blob {descriptor.Digest} is corrupt: what arrived has the digest {actual}.");

        writer.Publish(actual);
    }

    /// <summary>
    /// Writes a blob whose digest is not known, and returns its digest (SHA-256) and size. The caller keeps ownership of the source.
    /// </summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<(Digest Digest, long Size)> AddAsync(Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var writer = new BlobWriter(this, NewTemporaryPath(), "sha256", maxLength: null);
        await writer.CopyFromAsync(source, progress, cancellationToken).ConfigureAwait(false);
        Digest digest = writer.Finish();
        writer.Publish(digest);
        return (digest, writer.Length);
    }

    /// <summary>Removes a blob if its bytes no longer match its digest; returns whether it did.</summary>
    public bool RemoveIfDamaged(Digest digest)
    {
        using (FileStream? file = StoreFile.TryOpenRead(PathOf(digest)))
        {
            if (file is null)
                return false;

            using var hash = digest.CreateHash();
            byte[] buffer = new byte[1 << 17];
            for (int read; (read = file.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
            if (digest.Matches(hash))
                return false;
        }

        Remove(digest);
        return true;
    }

    /// <summary>Removes the files of writers that died. Cheap when there are none.</summary>
    /// <param name="now">The present, in UTC.</param>
    public void RemoveAbandonedFiles(DateTime now)
    {
        var directory = new DirectoryInfo(_temporary);
        if (!directory.Exists)
            return;

        foreach (FileInfo file in directory.EnumerateFiles())
        {
            if (now - file.LastWriteTimeUtc < BlobWriter.LongestPause)
                continue;

            try
            {
                // A living writer holds its file's lock.
                using FileStream? abandoned = StoreFile.TryLock(file.FullName, FileMode.Open);
                if (abandoned is not null)
                    file.Delete();
            }
            catch (Exception exception) when (exception is StorageException || StorageException.Describes(exception))
            {
                // Another process was faster, or we may not remove the file. Either is harmless.
            }
        }
    }

    /// <summary>Returns a name for a temporary file in the file system of the blobs. Its directory exists.</summary>
    public string NewTemporaryPath()
    {
        CacheDirectory.CreatePrivate(_temporary);
        return Path.Combine(_temporary, Guid.NewGuid().ToString("n"));
    }

    private void Remove(Digest digest)
    {
        try
        {
            File.Delete(PathOf(digest));
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException(
                $"The damaged blob {PathOf(digest)} can't be removed: {exception.Message} Remove it by hand.", exception);
        }
    }
}
