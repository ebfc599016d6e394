namespace Islet.Images;

/// <summary>An image whose manifest, configuration and layers are all in the content store.</summary>
/// <param name="Reference">What the caller asked for.</param>
/// <param name="ManifestDigest">The manifest for <paramref name="Platform"/>, not the index above it.</param>
/// <param name="Platform">What its programs are made for.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Layers">Its layers, the lowest first; at least one.</param>
internal sealed record Image(
    ImageReference Reference, Digest ManifestDigest, Platform Platform, ImageConfig Config, IReadOnlyList<ImageLayer> Layers);

/// <summary>One layer: a set of changes to the file tree below it.</summary>
/// <param name="Digest">The blob as stored and transferred.</param>
/// <param name="DiffId">The tar stream inside the blob.</param>
/// <param name="MediaType">One of <see cref="MediaTypes.Layers"/>.</param>
/// <param name="Size">The blob's size in bytes.</param>
internal sealed record ImageLayer(Digest Digest, Digest DiffId, string MediaType, long Size);
