using System.Globalization;
using Islet.Disks.Ext4;
using Islet.Images;
using Islet.Images.Store;
using Islet.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Disks;

/// <summary>
/// One read-only ext4 file per image and platform, made when it is first asked for and shared by every machine of the image. Any
/// number of processes may share the directory: one makes the file, the others wait for it.
/// </summary>
internal sealed class RootfsCache(string cacheDirectory, LayerReader layers, ILoggerFactory? loggers = null)
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Path.Combine(cacheDirectory, "rootfs");
    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<RootfsCache>();

    /// <summary>The path of the image's filesystem, which is complete.</summary>
    /// <param name="image">An image whose layers are in the content store.</param>
    /// <param name="progress">Told how far it is, if it has to be made.</param>
    /// <param name="cancellationToken">Gives up; nothing half-made stays.</param>
    /// <exception cref="InvalidLayerException">A layer cannot be unpacked.</exception>
    /// <exception cref="ImageException">A layer's blob is corrupt.</exception>
    /// <exception cref="StorageException">The file can't be written: most often there is no space.</exception>
    public async ValueTask<string> GetOrCreateAsync(
        Image image, IProgress<RootfsProgress>? progress = null, CancellationToken cancellationToken = default)
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
            _logger.LogWarning(320, "The disk of {Image} at {Path} is damaged and is made again", image.Reference, path);

        RemoveAbandoned();
        await Task.Run(() => Make(image, name, path, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        return path;
    }

    /// <summary>The superblock is written last, when all else is on the disk for good, and says how long the file is.</summary>
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

    private void Make(Image image, string name, string path, IProgress<RootfsProgress>? progress, CancellationToken cancellationToken)
    {
        // Under the lock the temporary file is ours alone: one that is there was left by a maker that died.
        string temporary = Path.Combine(_directory, name + ".partial");
        LayerSource[] sources =
            [.. image.Layers.Select(layer => new LayerSource(layer.Digest.ToString(), () => layers.OpenTar(layer)))];
        try
        {
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(temporary, options))
            {
                RootfsBuilder.Build(
                    sources, file.SafeFileHandle, Ext4Identity.From(image.ManifestDigest.ToString()), progress, ImageVolumes.Paths(image.Config.Volumes), cancellationToken);
            }

            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, ReadOnly);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error)
        {
            TryDelete(temporary);
            if (StorageException.Describes(error))
                throw StorageException.FromWrite(error, _directory);
            throw;
        }
    }

    /// <summary>Removes what makers that died have left, of other images too: a living maker holds its image's lock.</summary>
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
                // Not ours to remove; it harms nobody but the disk.
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
            // The next maker deletes it; the error that brought us here is the one to report.
        }
    }
}
