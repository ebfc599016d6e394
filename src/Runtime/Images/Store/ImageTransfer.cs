namespace Islet.Images.Store;

/// <summary>Copies one image for one platform into the content store: index → manifest → configuration → layers.</summary>
internal sealed class ImageTransfer(ContentStore store, ImageReference reference, Platform platform, IProgress<ImageProgress>? progress)
{
    /// <summary>Transfers the blobs that the store lacks.</summary>
    /// <param name="source">The source of the image.</param>
    /// <param name="roots">The documents to choose from.</param>
    /// <param name="cancellationToken">Cancels the transfer; complete blobs stay.</param>
    /// <returns>The image, and the descriptor of its manifest.</returns>
    /// <exception cref="ImageNotFoundException">There is no image for the platform.</exception>
    public async Task<(Image Image, Descriptor Manifest)> RunAsync(
        IImageSource source, IReadOnlyList<Descriptor> roots, CancellationToken cancellationToken)
    {
        var selection = new PlatformSelection(new ImageDocuments(store, source), platform);
        SelectedManifest selected = await selection.FindAsync(roots, cancellationToken).ConfigureAwait(false)
            ?? throw ImageNotFoundException.WithAlternatives(
                $"{reference} has no image for {platform}; WithPlatform takes another one.", "platforms", selection.Platforms);

        Image image = ToImage(selected);
        await FetchLayersAsync(source, selected.Manifest.Layers, cancellationToken).ConfigureAwait(false);
        progress?.Report(new ImageProgress(null, ImageProgress.Complete, 0, null));
        return (image, selected.Descriptor);
    }

    /// <summary>Returns the image if all of it is in the store.</summary>
    public async Task<Image?> TryLoadAsync(Descriptor manifest, CancellationToken cancellationToken)
    {
        try
        {
            var documents = new ImageDocuments(store, source: null);
            if (await documents.ReadAsync(manifest, cancellationToken).ConfigureAwait(false) is not Manifest found)
                return null;

            ImageConfig config = await documents.ReadConfigAsync(found.Config, cancellationToken).ConfigureAwait(false);
            bool isComplete = found.Layers.All(layer => store.Contains(layer.Digest, layer.Size));
            return isComplete ? ToImage(new SelectedManifest(manifest, found, config)) : null;
        }
        catch (InvalidImageException)
        {
            return null;
        }
    }

    private Image ToImage(SelectedManifest selected)
    {
        IReadOnlyList<Digest> diffIds = selected.Config.DiffIds;
        IReadOnlyList<Descriptor> layers = selected.Manifest.Layers;
        if (diffIds.Count != layers.Count)
        {
            throw new InvalidImageException(
                $"The manifest of {reference} lists {layers.Count} layers, but its configuration {diffIds.Count}.");
        }

        return new Image(
            reference, selected.Descriptor.Digest, platform, selected.Config,
            [.. layers.Zip(diffIds, (layer, diffId) => new ImageLayer(layer.Digest, diffId, layer.MediaType, layer.Size))]);
    }

    private async Task FetchLayersAsync(IImageSource source, IReadOnlyList<Descriptor> layers, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = source.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(layers.DistinctBy(layer => layer.Digest), options, async (layer, token) =>
        {
            if (!store.Contains(layer.Digest, layer.Size))
            {
                Stream content = await source.OpenBlobAsync(layer, token).ConfigureAwait(false);
                await using (content.ConfigureAwait(false))
                    await store.WriteAsync(layer, content, Reporting(source.Phase, layer), token).ConfigureAwait(false);
            }

            progress?.Report(new ImageProgress(layer.Digest, ImageProgress.Complete, layer.Size, layer.Size));
        }).ConfigureAwait(false);
    }

    private LayerProgress? Reporting(string phase, Descriptor layer) => progress is null ? null : new LayerProgress(progress, phase, layer);

    // Not Progress<T>: it posts to a context, so that reports could overtake one another.
    private sealed class LayerProgress(IProgress<ImageProgress> progress, string phase, Descriptor layer) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new ImageProgress(layer.Digest, phase, value, layer.Size));
    }
}
