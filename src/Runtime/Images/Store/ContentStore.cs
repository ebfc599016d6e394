using Islet.Storage;

namespace Islet.Images.Store;

/// <summary>
/// Blobs by their digest, as in an OCI image layout: <c>blobs/sha256/&lt;hex&gt;</c>. A blob appears under its name only when all of
/// it was written and its digest was right, so whatever is there is whole, for every process that shares the directory.
/// </summary>
internal sealed class ContentStore
{
    private readonly string _blobs;
    private readonly string _temporary;

    /// <summary>Opens the store in a directory, which need not exist.</summary>
    /// <param name="root">The cache directory.</param>
    /// <param name="flushToDisk">
    /// Forces each blob to the disk before it gets its name. Off by default: a blob that a power failure has damaged is noticed by its
    /// size or its digest and is fetched again.
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

    /// <summary>Where the blob is, if it is there.</summary>
    public string PathOf(Digest digest) => Path.Combine(_blobs, digest.Algorithm, digest.Hex);

    /// <summary>Is the blob there, with all its bytes? Its content was verified when it was written.</summary>
    public bool Contains(Digest digest, long size) => StoreFile.LengthOf(PathOf(digest)) == size;

    /// <summary>Opens a blob. The caller owns the stream.</summary>
    /// <exception cref="InvalidImageException">It is not in the store.</exception>
    public FileStream OpenRead(Digest digest) =>
        StoreFile.TryOpenRead(PathOf(digest))
            ?? throw new InvalidImageException($"The blob {digest} is not in the store at {Root}. Pull the image again.");

    /// <summary>
    /// Reads a manifest or a configuration and verifies it. One that is damaged is removed and counts as missing, to be fetched again.
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

    /// <summary>Writes a blob, unless it is there. The source stays the caller's.</summary>
    /// <param name="descriptor">Its digest and size, both of which are verified.</param>
    /// <param name="source">Its bytes.</param>
    /// <param name="progress">Told how many bytes have been written.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="InvalidImageException">The bytes are not those of the digest, or too many, or too few.</exception>
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

    /// <summary>Writes a blob whose digest nobody has told, and returns digest (SHA-256) and size. The source stays the caller's.</summary>
    /// <exception cref="StorageException">The store can't be written.</exception>
    public async Task<(Digest Digest, long Size)> AddAsync(Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var writer = new BlobWriter(this, NewTemporaryPath(), "sha256", maxLength: null);
        await writer.CopyFromAsync(source, progress, cancellationToken).ConfigureAwait(false);
        Digest digest = writer.Finish();
        writer.Publish(digest);
        return (digest, writer.Length);
    }

    /// <summary>Removes a blob if its bytes are no longer those of its digest; says whether it did.</summary>
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

    /// <summary>Removes what writers that died have left. Cheap when there is nothing.</summary>
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
            catch (Exception error) when (error is StorageException || StorageException.Describes(error))
            {
                // Another process was faster, or the file is not ours to remove: it harms nobody.
            }
        }
    }

    /// <summary>A name for a temporary file in the file system of the blobs. Its directory exists.</summary>
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
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw new StorageException($"The damaged blob {PathOf(digest)} can't be removed: {error.Message} Remove it by hand.", error);
        }
    }
}
