namespace Islet.Images.Store;

/// <summary>Where an image's blobs come from: a registry, a layout folder, an archive.</summary>
internal interface IImageSource
{
    /// <summary>What a transfer from here is called in progress reports.</summary>
    string Phase { get; }

    /// <summary>How many layers may be read at the same time.</summary>
    int Parallelism { get; }

    /// <summary>Opens a manifest or an index by its descriptor. The caller owns the stream and verifies what it reads.</summary>
    Task<Stream> OpenManifestAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Opens a configuration or a layer. The caller owns the stream and verifies what it reads.</summary>
    Task<Stream> OpenBlobAsync(Descriptor descriptor, CancellationToken cancellationToken);
}
