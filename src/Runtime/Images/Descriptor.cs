using System.Text.Json.Serialization;

namespace Islet.Images;

/// <summary>A reference to content: what it is, its digest, its size (OCI image specification, descriptor.md).</summary>
internal sealed record Descriptor
{
    public const string RefNameAnnotation = "org.opencontainers.image.ref.name";

    public required string MediaType { get; init; }

    public required Digest Digest { get; init; }

    /// <summary>In bytes.</summary>
    public required long Size { get; init; }

    /// <summary>
    /// Where else the content may be. Only looked at to refuse it: content comes from the image's own registry or nowhere.
    /// </summary>
    public IReadOnlyList<string>? Urls { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public PlatformDocument? Platform { get; init; }

    /// <summary>What the manifest keeps, when that is no image: an SBOM, a signature (OCI 1.1).</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The image's tag in a layout.</summary>
    [JsonIgnore]
    public string? RefName => Annotations?.GetValueOrDefault(RefNameAnnotation);

    /// <summary>The platform as documents write it.</summary>
    internal sealed record PlatformDocument
    {
        public string? Os { get; init; }

        public string? Architecture { get; init; }

        public string? Variant { get; init; }

        /// <summary>Whether it says nothing at all: tools write such for what has no platform.</summary>
        [JsonIgnore]
        public bool IsEmpty => string.IsNullOrEmpty(Os) && string.IsNullOrEmpty(Architecture);

        public Platform? ToPlatform() => Islet.Platform.FromDocument(Os, Architecture, Variant);
    }
}
