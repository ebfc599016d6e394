using System.Text.Json.Serialization;

namespace Islet.Images.Registry;

/// <summary>What a credential helper answers.</summary>
internal sealed class CredentialHelperDocument
{
    [JsonPropertyName("Username")]
    public string? Username { get; init; }

    [JsonPropertyName("Secret")]
    public string? Secret { get; init; }
}
