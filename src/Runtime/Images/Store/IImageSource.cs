namespace Islet.Images.Store;

/// <summary>The source of an image's blobs: a registry, a layout folder, an archive.</summary>
internal interface IImageSource
{
    /// <summary>The phase in which progress reports show a transfer from this source.</summary>
    string Phase { get; }

    /// <summary>The number of layers that may be read at the same time.</summary>
    int Parallelism { get; }

    /// <summary>Opens a manifest or an index by its descriptor. The caller owns the stream and verifies what it reads.</summary>
    Task<Stream> OpenManifestAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Opens a configuration or a layer. The caller owns the stream and verifies what it reads.</summary>
    Task<Stream> OpenBlobAsync(Descriptor descriptor, CancellationToken cancellationToken);
}
