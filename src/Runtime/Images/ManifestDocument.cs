using System.Text.Json;

namespace Islet.Images;

/// <summary>A manifest or an index as it is written: every member of either, unchecked.</summary>
internal sealed record ManifestDocument
{
    public int SchemaVersion { get; init; }

    public string? MediaType { get; init; }

    public Descriptor? Config { get; init; }

    public IReadOnlyList<Descriptor?>? Layers { get; init; }

    public IReadOnlyList<Descriptor?>? Manifests { get; init; }

    /// <summary>The layers of schema 1, which no other format has.</summary>
    public JsonElement? FsLayers { get; init; }
}
