using System.Globalization;
using Islet.Images.Registry;
using Islet.Native.Posix;
using Islet.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Images.Store;

/// <summary>
/// Resolves references to images whose content is on this machine. Any number of stores, in any number of processes, may share a cache
/// directory. When two of them want the same image, the second waits for the first and finds the image in the cache.
/// </summary>
internal sealed class ImageStore : IDisposable
{
    private readonly ReferenceRecords _records;
    private readonly RegistryClient _registries;
    private readonly ILogger _logger;

    /// <summary>Opens the store in a cache directory, which need not exist.</summary>
    public ImageStore(string cacheDirectory, RegistryOptions? registries = null, ILoggerFactory? loggers = null)
    {
        loggers ??= NullLoggerFactory.Instance;
        _logger = loggers.CreateLogger<ImageStore>();
        Content = new ContentStore(cacheDirectory);
        Layers = new LayerReader(Content);
        _records = new ReferenceRecords(Content);
        _registries = new RegistryClient(registries ?? new RegistryOptions(), loggers.CreateLogger<RegistryClient>());
    }

    /// <summary>The blobs.</summary>
    public ContentStore Content { get; }

    /// <summary>The layers of the images that were resolved.</summary>
    public LayerReader Layers { get; }

    /// <summary>Resolves a reference for a platform, and transfers the blobs that the store lacks.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="platform">The platform that the image's programs have to be built for.</param>
    /// <param name="policy">The cases in which a registry is asked. Layouts and archives are on this machine and are always read.</param>
    /// <param name="progress">Receives progress reports, from several threads at once.</param>
    /// <param name="cancellationToken">Cancels the transfer; complete blobs stay for the next attempt.</param>
    /// <exception cref="ImageException">The image can't be obtained; the derived type says why.</exception>
    /// <exception cref="StorageException">The cache directory can't be written, or other users can write to it.</exception>
    public async Task<Image> ResolveAsync(
        ImageReference reference, Platform platform, PullPolicy policy = PullPolicy.Missing,
        IProgress<ImageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CacheDirectory.RequireOwn(Content.Root);
        progress?.Report(new ImageProgress(null, ImageProgress.Resolving, 0, null));
        var transfer = new ImageTransfer(Content, reference, platform, progress);
        return reference switch
        {
            RegistryReference registry => await ResolveAsync(registry, platform, policy, transfer, cancellationToken).ConfigureAwait(false),
            OciLayoutReference layout => await ImportAsync(layout, transfer, cancellationToken).ConfigureAwait(false),
            DockerArchiveReference archive =>
                await ImportAsync(archive, platform, transfer, progress, cancellationToken).ConfigureAwait(false),
            _ => throw new ArgumentException("An unknown kind of reference.", nameof(reference)),
        };
    }

    public void Dispose() => _registries.Dispose();

    private async Task<Image> ResolveAsync(
        RegistryReference reference, Platform platform, PullPolicy policy, ImageTransfer transfer, CancellationToken cancellationToken)
    {
        // With a digest, the tag has no effect, and the content that the digest names never changes.
        string key = reference.Digest is null ? reference.ToString() : $"{reference.Registry}/{reference.Repository}@{reference.Digest}";
        bool mayUseStore = policy != PullPolicy.Always || reference.Digest is not null;

        if (mayUseStore && await TryLoadAsync(key, platform, transfer, cancellationToken).ConfigureAwait(false) is { } stored)
            return stored;
        if (policy == PullPolicy.Never)
            throw NotStored(reference, platform);

        using FileLock pull = await LockAsync(key, platform, cancellationToken).ConfigureAwait(false);
        if (mayUseStore && await TryLoadAsync(key, platform, transfer, cancellationToken).ConfigureAwait(false) is { } pulledByAnother)
            return pulledByAnother;

        _logger.Pulling(reference, platform);
        RegistrySource source = await RegistrySource.OpenAsync(_registries, reference, cancellationToken).ConfigureAwait(false);
        await Content.WriteAsync(source.Root, source.RootContent, cancellationToken).ConfigureAwait(false);
        return Save(key, platform, await transfer.RunAsync(source, [source.Root], cancellationToken).ConfigureAwait(false));
    }

    private static async Task<Image> ImportAsync(OciLayoutReference reference, ImageTransfer transfer, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(reference.Path);
        if (!Directory.Exists(path))
            throw new ImageNotFoundException($"There is no image layout folder at {path}.");

        using var files = new LayoutDirectory(path);
        var layout = new OciLayout(files);
        IReadOnlyList<Descriptor> roots = await layout.FindAsync(reference.Tag, cancellationToken).ConfigureAwait(false);
        (Image image, _) = await transfer.RunAsync(layout, roots, cancellationToken).ConfigureAwait(false);
        return image;
    }

    private async Task<Image> ImportAsync(
        DockerArchiveReference reference,
        Platform platform,
        ImageTransfer transfer,
        IProgress<ImageProgress>? progress,
        CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.GetFullPath(reference.Path));
        if (!file.Exists)
            throw new ImageNotFoundException($"There is no image archive at {file.FullName}.");

        // An archive has to be read as a whole to list its images. So we remember the result for as long as the file does not change.
        string identity = IdentityOf(file.FullName);
        string key = $"docker-archive:{file.FullName}:{reference.Name}:{identity}";
        if (await TryLoadAsync(key, platform, transfer, cancellationToken).ConfigureAwait(false) is { } stored)
            return stored;

        using FileLock import = await LockAsync(key, platform, cancellationToken).ConfigureAwait(false);
        using ArchiveSpool spool = await ArchiveSpool.OpenAsync(file.FullName, Content, cancellationToken).ConfigureAwait(false);
        using TarFiles files = await TarFiles.OpenAsync(spool.Path, file.FullName, cancellationToken).ConfigureAwait(false);
        var layout = new OciLayout(files);
        var archive = new DockerArchive(files, Content, progress);
        IReadOnlyList<Descriptor> roots;
        if (await archive.ImportAsync(reference.Name, platform, cancellationToken).ConfigureAwait(false) is { } manifest)
            roots = [manifest];
        else if (reference.Name is null)
            roots = await layout.FindAsync(tag: null, cancellationToken).ConfigureAwait(false);
        else
            roots = await layout.FindAsync(reference.Name, cancellationToken).ConfigureAwait(false);

        (Image Image, Descriptor Manifest) transferred = await transfer.RunAsync(layout, roots, cancellationToken).ConfigureAwait(false);
        if (IdentityOf(file.FullName) != identity)
            throw new InvalidImageException($"{file.FullName} changed while it was being read. Start again when it is complete.");
        return Save(key, platform, transferred);
    }

    /// <summary>
    /// Returns an identity that changes whenever the file's content does. Length and modification time are not enough: tar pads to round
    /// lengths, reproducible builds have one time, and a link stays the same when its target is replaced. No program can set the change
    /// time of an inode.
    /// </summary>
    private static string IdentityOf(string path)
    {
        try
        {
            var status = PosixStatus.Of(path, followLink: true);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{status.Device}:{status.Inode}:{status.Size}:{status.Modified.Seconds}.{status.Modified.Nanoseconds}:"
                + $"{status.Changed.Seconds}.{status.Changed.Nanoseconds}");
        }
        catch (FileNotFoundException exception)
        {
            throw new ImageNotFoundException($"There is no image archive at {path}.", exception);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{path} can't be read: {exception.Message}", exception);
        }
    }

    private async Task<Image?> TryLoadAsync(string key, Platform platform, ImageTransfer transfer, CancellationToken cancellationToken) =>
        _records.Find(key, platform) is { } record
            ? await transfer.TryLoadAsync(record.Manifest, cancellationToken).ConfigureAwait(false)
            : null;

    private async Task<FileLock> LockAsync(string key, Platform platform, CancellationToken cancellationToken)
    {
        Content.RemoveAbandonedFiles(DateTime.UtcNow);
        string path = Path.Combine(Content.Root, "locks", ReferenceRecords.NameOf(key, platform) + ".lock");
        return await FileLock.AcquireAsync(path, cancellationToken).ConfigureAwait(false);
    }

    private Image Save(string key, Platform platform, (Image Image, Descriptor Manifest) transferred)
    {
        _records.Save(new ReferenceRecord(key, platform.ToString(), transferred.Manifest), platform);
        return transferred.Image;
    }

    private ImageNotFoundException NotStored(RegistryReference reference, Platform platform)
    {
        string repository = $"{reference.Registry}/{reference.Repository}";
        return ImageNotFoundException.WithAlternatives(
            $"{reference} for {platform} is not in the local store at {Content.Root}, and the pull policy forbids to fetch it.",
            "images of this repository",
            _records.All()
                .Where(record =>
                    record.Reference.StartsWith(repository + ":", StringComparison.Ordinal)
                    || record.Reference.StartsWith(repository + "@", StringComparison.Ordinal))
                .Select(record => $"{record.Reference} ({record.Platform})"));
    }
}
