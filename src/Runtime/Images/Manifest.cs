namespace Islet.Images;

/// <summary>The document that a reference leads to: an <see cref="ImageIndex"/> or a <see cref="Manifest"/>.</summary>
/// <param name="MediaType">The media type: as declared, or as the document itself says, or as its content shows.</param>
internal abstract record ImageDocument(string MediaType);

/// <summary>Manifests by platform (OCI image specification, image-index.md; Docker's manifest list).</summary>
internal sealed record ImageIndex(string MediaType, IReadOnlyList<Descriptor> Manifests) : ImageDocument(MediaType);

/// <summary>One image for one platform (OCI image specification, manifest.md; Docker's schema 2).</summary>
internal sealed record Manifest(string MediaType, Descriptor Config, IReadOnlyList<Descriptor> Layers) : ImageDocument(MediaType);
