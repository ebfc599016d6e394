using System.Text.Json.Nodes;

namespace Islet.Testing.Support;

/// <summary>An image for one platform, in memory.</summary>
internal sealed record OciImage(string Architecture, OciBlob Manifest, OciBlob Config, IReadOnlyList<OciBlob> Layers)
{
    /// <summary>The blobs that the manifest names, and the manifest.</summary>
    public IEnumerable<OciBlob> Blobs => [.. Layers, Config, Manifest];

    public static OciImage Create(string architecture, OciBlob config, IReadOnlyList<OciBlob> layers)
    {
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = OciImageBuilder.ManifestType,
            ["config"] = config.ToDescriptor(),
            ["layers"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer.ToDescriptor())]),
        };
        return new OciImage(architecture, OciBlob.FromJson(OciImageBuilder.ManifestType, manifest), config, layers);
    }

    /// <summary>Returns the manifest's descriptor with the platform, in the form of an index entry.</summary>
    public JsonObject ToIndexEntry()
    {
        JsonObject entry = Manifest.ToDescriptor();
        entry["platform"] = new JsonObject { ["architecture"] = Architecture, ["os"] = "linux" };
        return entry;
    }

    /// <summary>Creates an index of images for several platforms.</summary>
    public static OciBlob CreateIndex(params IEnumerable<JsonObject> entries) => OciBlob.FromJson(OciImageBuilder.IndexType, new JsonObject
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = OciImageBuilder.IndexType,
        ["manifests"] = new JsonArray([.. entries]),
    });
}
