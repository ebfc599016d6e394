namespace Islet.Images.Store;

/// <summary>Opens the layers of the content store as tar streams.</summary>
internal sealed class LayerReader(ContentStore store, DecompressionLimit? limit = null)
{
    /// <summary>Opens a layer, decompressed. The caller owns the stream.</summary>
    /// <exception cref="InvalidImageException">The blob is not in the store.</exception>
    public LayerTarStream OpenTar(ImageLayer layer)
    {
        FileStream blob = store.OpenRead(layer.Digest);
        Stream content = MediaTypes.IsGzip(layer.MediaType)
            ? new GzipContent(blob, layer.Size, $"Layer {layer.Digest}", limit ?? DecompressionLimit.Default)
            : blob;
        return new LayerTarStream(content, layer, store);
    }
}
