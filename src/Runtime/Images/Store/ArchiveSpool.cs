using Islet.Diagnostics;

namespace Islet.Images.Store;

/// <summary>
/// A tar file that can be read at any place: the archive itself, or a decompressed copy that is gone when this is disposed.
/// </summary>
internal sealed class ArchiveSpool : IDisposable
{
    private readonly bool _isTemporary;

    // A shared lock on the copy, by which another process sees that it is in use.
    private FileStream? _hold;

    private ArchiveSpool(string path, bool isTemporary) => (Path, _isTemporary) = (path, isTemporary);

    public string Path { get; }

    /// <exception cref="ImageNotFoundException">There is no such file.</exception>
    public static async Task<ArchiveSpool> OpenAsync(string path, ContentStore store, CancellationToken cancellationToken)
    {
        using FileStream archive = Open(path);
        byte[] magic = new byte[2];
        int read = await archive.ReadAtLeastAsync(magic, 2, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read < 2 || magic is not [0x1f, 0x8b])
            return new ArchiveSpool(path, isTemporary: false);

        archive.Position = 0;
        var spool = new ArchiveSpool(store.NewTemporaryPath(), isTemporary: true);
        try
        {
            var content = new GzipContent(archive, archive.Length, path, DecompressionLimit.Default);
            await using (content.ConfigureAwait(false))
                await spool.FillAsync(content, cancellationToken).ConfigureAwait(false);
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

    private async Task FillAsync(GzipContent content, CancellationToken cancellationToken)
    {
        using FileStream file = StoreFile.Create(Path);
        byte[] buffer = new byte[1 << 17];
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            try
            {
                file.Write(buffer, 0, read);
            }
            catch (Exception error) when (StorageException.Describes(error))
            {
                throw StorageException.FromWrite(error, Path);
            }
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageNotFoundException($"There is no image archive at {path}.", error);
        }
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw new StorageException($"{path} can't be read: {error.Message}", error);
        }
    }
}
