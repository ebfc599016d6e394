using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Islet.Testing.Support;

/// <summary>Makes images from code: layers from entries, gzip-compressed or plain, and a configuration.</summary>
internal sealed class OciImageBuilder
{
    public const string IndexType = "application/vnd.oci.image.index.v1+json";
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    public const string ConfigType = "application/vnd.oci.image.config.v1+json";
    public const string LayerType = "application/vnd.oci.image.layer.v1.tar";

    private readonly string _architecture;
    private readonly List<OciBlob> _layers = [];
    private readonly JsonArray _diffIds = [];
    private readonly JsonObject _execution = [];

    public OciImageBuilder(string architecture = "amd64") => _architecture = architecture;

    /// <summary>Adds a layer above the others.</summary>
    public OciImageBuilder Layer(Action<OciLayerBuilder> entries, bool gzip = true)
    {
        var layer = new OciLayerBuilder();
        entries(layer);
        byte[] tar = layer.ToTar();
        return Layer(new OciBlob(gzip ? LayerType + "+gzip" : LayerType, gzip ? OciLayerBuilder.Gzip(tar) : tar), tar);
    }

    /// <summary>Adds the blob of a layer as it is.</summary>
    /// <param name="blob">The blob that the manifest names.</param>
    /// <param name="tar">The tar from which its diff ID is computed.</param>
    public OciImageBuilder Layer(OciBlob blob, byte[] tar)
    {
        _layers.Add(blob);
        _diffIds.Add((JsonNode)("sha256:" + Convert.ToHexStringLower(SHA256.HashData(tar))));
        return this;
    }

    /// <summary>Sets a member of the configuration's <c>config</c>: <c>Env</c>, <c>Cmd</c> …</summary>
    public OciImageBuilder Config(string member, JsonNode? value)
    {
        _execution[member] = value;
        return this;
    }

    public OciImageBuilder Config(string member, params string[] values) =>
        Config(member, new JsonArray([.. values.Select(value => (JsonNode)value)]));

    public OciImage Build()
    {
        var configuration = new JsonObject
        {
            ["created"] = "2024-01-02T03:04:05Z",
            ["architecture"] = _architecture,
            ["os"] = "linux",
            ["config"] = _execution.DeepClone(),
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = _diffIds.DeepClone() },
        };
        return OciImage.Create(_architecture, OciBlob.FromJson(ConfigType, configuration), [.. _layers]);
    }
}
