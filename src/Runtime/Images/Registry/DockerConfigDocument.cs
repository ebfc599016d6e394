using System.Text.Json.Serialization;

namespace Islet.Images.Registry;

/// <summary>What we read of the docker command's <c>config.json</c>.</summary>
internal sealed record DockerConfigDocument
{
    public IReadOnlyDictionary<string, AuthEntry?>? Auths { get; init; }

    public string? CredsStore { get; init; }

    public IReadOnlyDictionary<string, string?>? CredHelpers { get; init; }

    internal sealed class AuthEntry
    {
        /// <summary>Base64 of <c>user:password</c>.</summary>
        public string? Auth { get; init; }

        [JsonPropertyName("identitytoken")]
        public string? IdentityToken { get; init; }
    }
}
