using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Islet.Testing.Support;

/// <summary>Bytes with their media type, as layouts and registries hold them.</summary>
internal sealed record OciBlob(string MediaType, byte[] Content)
{
    public string Hex { get; } = Convert.ToHexStringLower(SHA256.HashData(Content));

    public string Digest => "sha256:" + Hex;

    public static OciBlob FromJson(string mediaType, JsonNode document) => new(mediaType, Encoding.UTF8.GetBytes(document.ToJsonString()));

    /// <summary>Returns the descriptor that names this blob. The caller may add to it.</summary>
    public JsonObject ToDescriptor() => new() { ["mediaType"] = MediaType, ["digest"] = Digest, ["size"] = Content.Length };
}
