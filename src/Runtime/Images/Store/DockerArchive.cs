using System.Text.Json;
using Islet.Values;

namespace Islet.Images.Store;

/// <summary>
/// The archive of <c>docker save</c>: <c>manifest.json</c> names a configuration and layer tars. It has no manifest as OCI defines it, so
/// one is written for it. Archives without <c>manifest.json</c> are OCI layouts in a tar.
/// </summary>
internal sealed class DockerArchive(ImageFiles files, ContentStore store, IProgress<ImageProgress>? progress)
{
    private const string ManifestFile = "manifest.json";

    /// <summary>Copies the image's blobs, its manifest included, into the store.</summary>
    /// <returns>The manifest's descriptor; <see langword="null"/> when the archive has no <c>manifest.json</c>.</returns>
    public async Task<Descriptor?> ImportAsync(RegistryReference? name, Platform platform, CancellationToken cancellationToken)
    {
        if (await files.TryReadAsync(ManifestFile, cancellationToken).ConfigureAwait(false) is not { } content)
            return null;

        (DockerArchiveEntry entry, byte[] configContent, ImageConfig config) =
            await SelectAsync(Find(ReadEntries(content), name), platform, cancellationToken).ConfigureAwait(false);
        if (entry.Layers is not { Count: > 0 } layerPaths)
            throw new InvalidImageException($"The image in {files.Location} has no layers, so there is nothing in it to run.");
        if (layerPaths.Count != config.DiffIds.Count)
        {
            throw new InvalidImageException(
                $"{ManifestFile} in {files.Location} lists {layerPaths.Count} layers, but the configuration {config.DiffIds.Count}.");
        }

        var layers = new List<Descriptor>();
        foreach ((string? path, Digest diffId) in layerPaths.Zip(config.DiffIds))
            layers.Add(await ImportLayerAsync(path, diffId, cancellationToken).ConfigureAwait(false));

        Descriptor configDescriptor = Describe(MediaTypes.OciConfig, configContent);
        await store.WriteAsync(configDescriptor, configContent, cancellationToken).ConfigureAwait(false);
        return await WriteManifestAsync(configDescriptor, layers, cancellationToken).ConfigureAwait(false);
    }

    private IReadOnlyList<DockerArchiveEntry?> ReadEntries(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, ImageJsonContext.Default.IReadOnlyListDockerArchiveEntry) ?? [];
        }
        catch (JsonException exception)
        {
            throw new InvalidImageException($"{ManifestFile} in {files.Location} is malformed: {Excerpt.Of(exception.Message)}", exception);
        }
    }

    private DockerArchiveEntry[] Find(IReadOnlyList<DockerArchiveEntry?> entries, RegistryReference? name)
    {
        DockerArchiveEntry[] found = [.. entries.OfType<DockerArchiveEntry>().Where(entry => name is null || entry.IsTagged(name))];
        string[] names = [.. entries.SelectMany(entry => entry?.RepoTags ?? []).OfType<string>().Distinct()];
        if (found.Length == 0)
        {
            throw ImageNotFoundException.WithAlternatives(
                $"The archive {files.Location} has no image{(name is null ? "" : $" named {name}")}.", "names", names);
        }

        if (name is null && names.Length > 1 && found.Length > 1)
        {
            throw ImageNotFoundException.WithAlternatives(
                $"The archive {files.Location} holds several images, so a name has to choose: docker-archive:PATH:NAME.", "names", names);
        }

        return found;
    }

    private async Task<(DockerArchiveEntry Entry, byte[] Content, ImageConfig Config)> SelectAsync(
        IEnumerable<DockerArchiveEntry> entries, Platform platform, CancellationToken cancellationToken)
    {
        var platforms = new List<string>();
        foreach (DockerArchiveEntry entry in entries)
        {
            byte[] content = (entry.Config is null ? null : await files.TryReadAsync(entry.Config, cancellationToken).ConfigureAwait(false))
                ?? throw new InvalidImageException($"The archive {files.Location} lacks the configuration that its {ManifestFile} names.");
            ImageConfig config = ImageConfig.Parse(content);
            if (platform.Distance(config.Platform) is not null)
                return (entry, content, config);

            platforms.Add(config.Platform.ToString());
        }

        throw ImageNotFoundException.WithAlternatives(
            $"The archive {files.Location} has no image for {platform}; WithPlatform takes another one.", "platforms", platforms);
    }

    private async Task<Descriptor> ImportLayerAsync(string? path, Digest diffId, CancellationToken cancellationToken)
    {
        Stream file = (path is null ? null : files.TryOpen(path))
            ?? throw new InvalidImageException($"The archive {files.Location} lacks the layer {diffId} that its {ManifestFile} names.");
        await using (file.ConfigureAwait(false))
        {
            var counter = new Counter(progress, diffId, file.Length);
            Compression compression = CompressionOf(path!);
            var layer = new Descriptor { MediaType = MediaTypes.OciLayer, Digest = diffId, Size = file.Length };
            if (compression == Compression.None)
            {
                await store.WriteAsync(layer, file, counter, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                (Digest digest, long size) = await store.AddAsync(file, counter, cancellationToken).ConfigureAwait(false);
                layer = new Descriptor { MediaType = MediaTypeOf(compression), Digest = digest, Size = size };
            }

            progress?.Report(new ImageProgress(layer.Digest, ImageProgress.Complete, layer.Size, layer.Size));
            return layer;
        }
    }

    private Compression CompressionOf(string path)
    {
        using Stream file = files.TryOpen(path) ?? Stream.Null;
        return Compressions.Of(file);
    }

    // The other formats have no media type; a reader of a layer looks at its first bytes anyway.
    private static string MediaTypeOf(Compression compression) => compression switch
    {
        Compression.Gzip => MediaTypes.OciLayerGzip,
        Compression.Zstd => MediaTypes.OciLayerZstd,
        _ => MediaTypes.OciLayer,
    };

    private async Task<Descriptor> WriteManifestAsync(
        Descriptor config, IReadOnlyList<Descriptor> layers, CancellationToken cancellationToken)
    {
        var document = new ManifestDocument { SchemaVersion = 2, MediaType = MediaTypes.OciManifest, Config = config, Layers = layers };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(document, ImageJsonContext.Default.ManifestDocument);
        Descriptor manifest = Describe(MediaTypes.OciManifest, content);
        await store.WriteAsync(manifest, content, cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    private static Descriptor Describe(string mediaType, byte[] content) =>
        new() { MediaType = mediaType, Digest = Digest.Sha256(content), Size = content.Length };

    private sealed class Counter(IProgress<ImageProgress>? progress, Digest diffId, long size) : IProgress<long>
    {
        public void Report(long value) => progress?.Report(new ImageProgress(diffId, ImageProgress.Importing, value, size));
    }
}
