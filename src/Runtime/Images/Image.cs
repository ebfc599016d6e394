namespace Islet.Images;

/// <summary>An image whose manifest, configuration and layers are all in the content store.</summary>
/// <param name="Reference">The reference that the caller asked for.</param>
/// <param name="ManifestDigest">The digest of the manifest for <paramref name="Platform"/>, not of the index above it.</param>
/// <param name="Platform">The platform that the image's programs are built for.</param>
/// <param name="Config">The image's configuration.</param>
/// <param name="Layers">The image's layers, the lowest first; at least one.</param>
internal sealed record Image(
    ImageReference Reference, Digest ManifestDigest, Platform Platform, ImageConfig Config, IReadOnlyList<ImageLayer> Layers);

/// <summary>One layer: a set of changes to the file tree below it.</summary>
/// <param name="Digest">The digest of the blob as stored and transferred.</param>
/// <param name="DiffId">The digest of the tar stream inside the blob.</param>
/// <param name="MediaType">The media type: one of <see cref="MediaTypes.Layers"/>.</param>
/// <param name="Size">The blob's size in bytes.</param>
internal sealed record ImageLayer(Digest Digest, Digest DiffId, string MediaType, long Size);
