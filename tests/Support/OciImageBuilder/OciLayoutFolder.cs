using System.Text.Json.Nodes;

namespace Islet.Testing.Support;

/// <summary>An OCI image layout on disk, in a folder that is removed on disposal.</summary>
internal sealed class OciLayoutFolder : IDisposable
{
    private readonly JsonArray _manifests = [];

    public OciLayoutFolder()
    {
        Path = Directory.CreateTempSubdirectory("islet-layout-").FullName;
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "blobs", "sha256"));
        File.WriteAllText(System.IO.Path.Combine(Path, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        WriteIndex();
    }

    public string Path { get; }

    /// <summary>Returns the path of a blob, even if it does not exist.</summary>
    public string PathOf(OciBlob blob) => System.IO.Path.Combine(Path, "blobs", "sha256", blob.Hex);

    /// <summary>Adds an image, under a tag if one is given.</summary>
    public OciLayoutFolder Add(OciImage image, string? tag = null, bool withPlatform = false)
    {
        AddBlobs(image.Blobs);
        return AddRoot(withPlatform ? image.ToIndexEntry() : image.Manifest.ToDescriptor(), tag);
    }

    public OciLayoutFolder AddBlobs(params IEnumerable<OciBlob> blobs)
    {
        foreach (OciBlob blob in blobs)
            File.WriteAllBytes(PathOf(blob), blob.Content);
        return this;
    }

    /// <summary>Adds an entry to index.json.</summary>
    public OciLayoutFolder AddRoot(JsonObject descriptor, string? tag = null)
    {
        if (tag is not null)
            descriptor["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag };
        _manifests.Add((JsonNode)descriptor);
        WriteIndex();
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void WriteIndex() => File.WriteAllText(
        System.IO.Path.Combine(Path, "index.json"),
        new JsonObject { ["schemaVersion"] = 2, ["manifests"] = _manifests.DeepClone() }.ToJsonString());
}
