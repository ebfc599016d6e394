using System.Text.Json.Serialization;

namespace Islet.Images.Registry;

/// <summary>The answer of a token server.</summary>
internal sealed record TokenDocument
{
    public string? Token { get; init; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    /// <summary>The token's lifetime in seconds.</summary>
    [JsonPropertyName("expires_in")]
    public int ExpiresIn { get; init; }
}
