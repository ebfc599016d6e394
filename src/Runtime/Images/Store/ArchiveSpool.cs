using Islet.Native.Posix;
using Islet.Storage;

namespace Islet.Images.Store;

/// <summary>A tar file that can be read at any offset: the archive itself, or a decompressed copy that is deleted on disposal.</summary>
internal sealed class ArchiveSpool : IDisposable
{
    private readonly bool _isTemporary;

    // A shared lock on the copy. It shows other processes that the copy is in use.
    private FileStream? _hold;

    private ArchiveSpool(string path, bool isTemporary) => (Path, _isTemporary) = (path, isTemporary);

    public string Path { get; }

    /// <exception cref="ImageNotFoundException">The file does not exist.</exception>
    public static async Task<ArchiveSpool> OpenAsync(string path, ContentStore store, CancellationToken cancellationToken)
    {
        using FileStream archive = Open(path);
        Compression compression = Compressions.Of(archive);
        if (compression == Compression.None)
            return new ArchiveSpool(path, isTemporary: false);

        archive.Position = 0;
        var spool = new ArchiveSpool(store.NewTemporaryPath(), isTemporary: true);
        try
        {
            Stream content = Compressions.Open(archive, compression, archive.Length, path, DecompressionLimit.Default);
            await using (content.ConfigureAwait(false))
                await Task.Run(() => spool.Fill(content, cancellationToken), cancellationToken).ConfigureAwait(false);
            spool._hold = Open(spool.Path);
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _hold?.Dispose();
        if (_isTemporary)
            File.Delete(Path);
    }

    private void Fill(Stream content, CancellationToken cancellationToken)
    {
        using FileStream file = StoreFile.Create(Path);
        byte[] buffer = new byte[1 << 17];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                // Blocks of zeros become holes: a small archive must not be able to fill the disk with them.
                if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
                    file.Write(buffer, 0, read);
                else
                    file.SetLength(file.Seek(read, SeekOrigin.Current));
            }
            catch (Exception exception) when (StorageException.Describes(exception))
            {
                throw StorageException.FromWrite(exception, Path);
            }
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            // Opening a pipe would block until another process writes to it.
            if (PosixStatus.Of(path, followLink: true).Type != PosixFileType.Regular)
                throw new InvalidImageException($"{path} is not a regular file, so it can't be an image archive.");
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageNotFoundException($"There is no image archive at {path}.", exception);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{path} can't be read: {exception.Message}", exception);
        }
    }
}
