using System.Text.Json;
using Islet.Values;

namespace Islet.Images;

/// <summary>Reads manifests and indexes, which are untrusted input. Pure: bytes in, records or a typed error out.</summary>
internal static class ManifestParser
{
    /// <summary>The largest accepted manifest or index, in bytes. Registries commonly have the same limit.</summary>
    public const int MaxDocumentSize = 4 << 20;

    /// <summary>Reads a manifest or an index.</summary>
    /// <param name="content">The document's bytes.</param>
    /// <param name="declaredMediaType">
    /// The media type that the descriptor or the registry declares; <see langword="null"/> when none is declared, and then the document
    /// itself decides.
    /// </param>
    /// <exception cref="InvalidImageException">
    /// The document is malformed, contradicts itself or its media type, or is of a kind that can't be run.
    /// </exception>
    public static ImageDocument Parse(ReadOnlySpan<byte> content, string? declaredMediaType)
    {
        ManifestDocument document = Deserialize(content);
        string? mediaType = CheckMediaType(document, declaredMediaType);

        if (document is { SchemaVersion: 1 } or { FsLayers: not null })
        {
            throw new InvalidImageException(
                "The image has a manifest of Docker's schema 1, which is obsolete and not supported. Push it again with a current tool.");
        }

        if (document.SchemaVersion != 2)
            throw new InvalidImageException($"The manifest's schemaVersion is {document.SchemaVersion}; only 2 is known.");

        // CVE-2021-41190: one tool can read a document that is both as one image, and the next tool as another.
        if (document.Manifests is not null && (document.Layers is not null || document.Config is not null))
            throw new InvalidImageException("The document claims to be an index and a manifest at once, so what it names is ambiguous.");

        if (document.Manifests is not null)
            return ToIndex(document.Manifests, mediaType);
        if (document.Config is not null && document.Layers is not null)
            return ToManifest(document.Config, document.Layers, mediaType);

        throw new InvalidImageException(
            "The document is neither an index nor an image manifest: it lists no manifests, and lacks a configuration or layers.");
    }

    private static ManifestDocument Deserialize(ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxDocumentSize)
            throw new InvalidImageException($"The manifest is larger than {MaxDocumentSize >> 20} MiB.");

        try
        {
            return JsonSerializer.Deserialize(content, ImageJsonContext.Default.ManifestDocument)
                ?? throw new InvalidImageException("The manifest is empty.");
        }
        catch (JsonException exception)
        {
            throw new InvalidImageException($"The manifest is malformed: {Excerpt.Of(exception.Message)}", exception);
        }
    }

    private static string? CheckMediaType(ManifestDocument document, string? declared)
    {
        if (document.MediaType is not null && declared is not null && document.MediaType != declared)
        {
            throw new InvalidImageException(
                $"The document calls itself {Excerpt.Of(document.MediaType)} but was handed out as {Excerpt.Of(declared)}.");
        }

        return declared ?? document.MediaType;
    }

    private static ImageIndex ToIndex(IReadOnlyList<Descriptor?> manifests, string? mediaType)
    {
        if (mediaType is not null && !MediaTypes.IsIndex(mediaType))
            throw new InvalidImageException($"The document lists manifests, but its media type is {Excerpt.Of(mediaType)}.");

        return new ImageIndex(mediaType ?? MediaTypes.OciIndex, [.. manifests.Select(CheckDescriptor)]);
    }

    private static Manifest ToManifest(Descriptor config, IReadOnlyList<Descriptor?> layers, string? mediaType)
    {
        if (mediaType is not null && !MediaTypes.IsManifest(mediaType))
            throw new InvalidImageException($"The document lists layers, but its media type is {Excerpt.Of(mediaType)}.");

        CheckDescriptor(config);
        if (!MediaTypes.IsConfig(config.MediaType))
        {
            throw new InvalidImageException(
                "This is not a container image but something else that is kept like one: its configuration is of type "
                + $"{Excerpt.Of(config.MediaType)}.");
        }

        if (config.Size > MaxDocumentSize)
            throw new InvalidImageException($"The image's configuration is larger than {MaxDocumentSize >> 20} MiB.");
        if (layers.Count == 0)
            throw new InvalidImageException("The image has no layers, so there is nothing in it to run.");

        return new Manifest(mediaType ?? MediaTypes.OciManifest, config, [.. layers.Select(layer => CheckLayer(CheckDescriptor(layer)))]);
    }

    private static Descriptor CheckDescriptor(Descriptor? descriptor) => descriptor switch
    {
        null => throw new InvalidImageException("The manifest has an empty descriptor."),
        { Size: < 0 } => throw new InvalidImageException($"The manifest gives {descriptor.Digest.ToShortString()} a negative size."),
        _ => descriptor,
    };

    private static Descriptor CheckLayer(Descriptor layer)
    {
        string name = layer.Digest.ToShortString();
        if (MediaTypes.IsForeign(layer.MediaType) || layer.Urls is { Count: > 0 })
        {
            throw new InvalidImageException(
                $"Layer {name} is not in the registry but elsewhere (a “foreign” or non-distributable layer), which is not supported.");
        }

        if (!MediaTypes.Layers.Contains(layer.MediaType))
            throw new InvalidImageException($"Layer {name} is of the unknown type {Excerpt.Of(layer.MediaType)}.");

        return layer;
    }
}
