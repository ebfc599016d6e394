namespace Islet.Images.Store;

/// <summary>Opens the layers of the content store as tar streams.</summary>
internal sealed class LayerReader(ContentStore store, DecompressionLimit? limit = null)
{
    /// <summary>Opens a layer, decompressed. The caller owns the stream.</summary>
    /// <exception cref="InvalidImageException">The blob is not in the store.</exception>
    public LayerTarStream OpenTar(ImageLayer layer)
    {
        FileStream blob = store.OpenRead(layer.Digest);
        try
        {
            Compression compression = Compressions.Of(blob);
            blob.Position = 0;
            Stream content = Compressions.Open(
                blob, compression, layer.Size, $"Layer {layer.Digest}", limit ?? DecompressionLimit.Default);
            return new LayerTarStream(content, layer, store);
        }
        catch
        {
            blob.Dispose();
            throw;
        }
    }
}
