using System.Text.Json.Serialization;

namespace Islet.Images.Store;

/// <summary>
/// One image in the <c>manifest.json</c> of a <c>docker save</c> archive (Docker image specification v1.2, "Combined image JSON").
/// </summary>
internal sealed record DockerArchiveEntry
{
    [JsonPropertyName("Config")]
    public string? Config { get; init; }

    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string?>? RepoTags { get; init; }

    [JsonPropertyName("Layers")]
    public IReadOnlyList<string?>? Layers { get; init; }

    public bool IsTagged(RegistryReference name) =>
        RepoTags?.Any(tag => ImageReference.TryParse(tag, out ImageReference? reference) && reference.Equals(name)) ?? false;
}
