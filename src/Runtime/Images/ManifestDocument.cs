using System.Text.Json;

namespace Islet.Images;

/// <summary>A manifest or an index as it is written: everything either may hold, unchecked.</summary>
internal sealed record ManifestDocument
{
    public int SchemaVersion { get; init; }

    public string? MediaType { get; init; }

    public Descriptor? Config { get; init; }

    public IReadOnlyList<Descriptor?>? Layers { get; init; }

    public IReadOnlyList<Descriptor?>? Manifests { get; init; }

    /// <summary>Only schema 1 has it.</summary>
    public JsonElement? FsLayers { get; init; }
}
