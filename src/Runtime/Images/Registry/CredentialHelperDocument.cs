using System.Text.Json.Serialization;

namespace Islet.Images.Registry;

/// <summary>The answer of a credential helper.</summary>
internal sealed class CredentialHelperDocument
{
    [JsonPropertyName("Username")]
    public string? Username { get; init; }

    [JsonPropertyName("Secret")]
    public string? Secret { get; init; }
}
