using System.Globalization;
using Islet.Disks.Ext4;
using Islet.Images;
using Islet.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Disks;

/// <summary>
/// One read-only ext4 file per image and platform, built at the first request and shared by every machine of the image. Any number of
/// processes may share the directory: one builds the file, the others wait for it.
/// </summary>
internal sealed class RootfsCache(string cacheDirectory, Func<ImageLayer, Stream> openLayer, ILoggerFactory? loggers = null)
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Path.Combine(cacheDirectory, "rootfs");
    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<RootfsCache>();

    /// <summary>Returns the path of the image's complete filesystem.</summary>
    /// <param name="image">An image whose layers are in the content store.</param>
    /// <param name="cancellationToken">Cancels the work; nothing incomplete stays.</param>
    /// <exception cref="InvalidLayerException">A layer cannot be unpacked.</exception>
    /// <exception cref="ImageException">A layer's blob is corrupt.</exception>
    /// <exception cref="StorageException">The file can't be written, usually because there is no space.</exception>
    public async ValueTask<string> GetOrCreateAsync(Image image, CancellationToken cancellationToken = default)
    {
        string name = string.Create(CultureInfo.InvariantCulture,
            $"{image.ManifestDigest.Hex}-{image.Platform.ToString().Replace('/', '-')}-v{RootfsBuilder.FormatVersion}");
        string path = Path.Combine(_directory, name + ".ext4");
        CacheDirectory.RequireOwn(cacheDirectory);
        if (IsIntact(path))
            return path;

        string lockPath = Path.Combine(_directory, name + ".lock");
        using FileLock making = await FileLock.AcquireAsync(lockPath, cancellationToken).ConfigureAwait(false);
        if (IsIntact(path))
            return path;
        if (File.Exists(path))
            _logger.DiskIsDamaged(image.Reference, path);

        RemoveAbandoned();
        await Task.Run(() => Make(image, name, path, cancellationToken), cancellationToken).ConfigureAwait(false);
        return path;
    }

    /// <summary>
    /// Whether the file is complete. Its superblock is written last, when all else is safely on the disk, and holds the file's length.
    /// </summary>
    private static bool IsIntact(string path)
    {
        using FileStream? file = StoreFile.TryOpenRead(path);
        if (file is null || file.Length < Superblock.PrimaryOffset + Superblock.Size)
            return false;

        Span<byte> superblock = stackalloc byte[Superblock.Size];
        file.Position = Superblock.PrimaryOffset;
        file.ReadExactly(superblock);
        return Superblock.IsIntact(superblock, file.Length);
    }

    private void Make(Image image, string name, string path, CancellationToken cancellationToken)
    {
        // We hold the lock, so the temporary file is ours alone: an existing one was left by a builder that died.
        string temporary = Path.Combine(_directory, name + ".partial");
        LayerSource[] sources =
            [.. image.Layers.Select(layer => new LayerSource(layer.Digest.ToString(), () => openLayer(layer)))];
        try
        {
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(temporary, options))
            {
                RootfsBuilder.Build(
                    sources, file.SafeFileHandle, Ext4Identity.From(image.ManifestDigest.ToString()),
                    ImageVolumes.Paths(image.Config.Volumes), cancellationToken);
            }

            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, ReadOnly);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception)
        {
            TryDelete(temporary);
            if (StorageException.Describes(exception))
                throw StorageException.FromWrite(exception, _directory);
            throw;
        }
    }

    /// <summary>
    /// Removes the files that builders that died have left, those of other images included: a living builder holds its image's lock.
    /// </summary>
    private void RemoveAbandoned()
    {
        foreach (string temporary in Directory.EnumerateFiles(_directory, "*.partial"))
        {
            try
            {
                using FileStream? abandoned = StoreFile.TryLock(Path.ChangeExtension(temporary, ".lock"), FileMode.OpenOrCreate);
                if (abandoned is not null)
                    TryDelete(temporary);
            }
            catch (StorageException)
            {
                // We may not remove it; it only wastes disk space.
            }
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The next builder deletes it; report the original error instead.
        }
    }
}
