namespace Islet.Images.Store;

/// <summary>Manifests, indexes and configurations: from the store, or from the image's source when the store lacks them.</summary>
/// <param name="store">The store that holds them.</param>
/// <param name="source">The source to fetch missing ones from; <see langword="null"/> for the store alone.</param>
internal sealed class ImageDocuments(ContentStore store, IImageSource? source)
{
    public async Task<ImageDocument> ReadAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        CheckSize(descriptor);
        byte[] content = store.TryReadDocument(descriptor)
            ?? await FetchAsync(descriptor, source is null ? null : source.OpenManifestAsync, cancellationToken).ConfigureAwait(false);
        return ManifestParser.Parse(content, descriptor.MediaType);
    }

    public async Task<ImageConfig> ReadConfigAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        CheckSize(descriptor);
        byte[] content = store.TryReadDocument(descriptor)
            ?? await FetchAsync(descriptor, source is null ? null : source.OpenBlobAsync, cancellationToken).ConfigureAwait(false);
        return ImageConfig.Parse(content);
    }

    private async Task<byte[]> FetchAsync(
        Descriptor descriptor, Func<Descriptor, CancellationToken, Task<Stream>>? open, CancellationToken cancellationToken)
    {
        if (open is null)
        {
            throw new InvalidImageException(
                $"The document {descriptor.Digest} is missing from the store, or was damaged and has been removed.");
        }

        Stream content = await open(descriptor, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
            await store.WriteAsync(descriptor, content, progress: null, cancellationToken).ConfigureAwait(false);

        return store.TryReadDocument(descriptor)
            ?? throw new InvalidImageException(
                $"The document {descriptor.Digest} was damaged in the store at {store.Root} right after it was written.");
    }

    private static void CheckSize(Descriptor descriptor)
    {
        if (descriptor.Size > ManifestParser.MaxDocumentSize)
            throw new InvalidImageException($"The document {descriptor.Digest} is larger than {ManifestParser.MaxDocumentSize >> 20} MiB.");
    }
}
