using System.Text.Json.Serialization;

namespace Islet.Images;

/// <summary>A reference to content: its media type, digest and size (OCI image specification, descriptor.md).</summary>
internal sealed record Descriptor
{
    public const string RefNameAnnotation = "org.opencontainers.image.ref.name";

    public required string MediaType { get; init; }

    public required Digest Digest { get; init; }

    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>
    /// Other addresses of the content. Read only to refuse them: content comes from the image's own registry or not at all.
    /// </summary>
    public IReadOnlyList<string>? Urls { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public PlatformDocument? Platform { get; init; }

    /// <summary>The kind of artifact that the manifest holds when it is not an image: an SBOM, a signature (OCI 1.1).</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The image's tag in a layout.</summary>
    [JsonIgnore]
    public string? RefName => Annotations?.GetValueOrDefault(RefNameAnnotation);

    /// <summary>A platform as documents write it.</summary>
    internal sealed record PlatformDocument
    {
        public string? Os { get; init; }

        public string? Architecture { get; init; }

        public string? Variant { get; init; }

        /// <summary>Whether the platform is empty: tools write an empty one for content that has no platform.</summary>
        [JsonIgnore]
        public bool IsEmpty => string.IsNullOrEmpty(Os) && string.IsNullOrEmpty(Architecture);

        public Platform? ToPlatform() => Islet.Platform.FromDocument(Os, Architecture, Variant);
    }
}
