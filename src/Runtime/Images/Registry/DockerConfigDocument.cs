using System.Text.Json.Serialization;

namespace Islet.Images.Registry;

/// <summary>The docker command's <c>config.json</c> and Podman's <c>auth.json</c>, as far as they are read.</summary>
internal sealed record DockerConfigDocument
{
    public IReadOnlyDictionary<string, AuthEntry?>? Auths { get; init; }

    public string? CredsStore { get; init; }

    public IReadOnlyDictionary<string, string?>? CredHelpers { get; init; }

    internal sealed class AuthEntry
    {
        /// <summary>Base64 of <c>user:password</c>.</summary>
        public string? Auth { get; init; }

        /// <summary>Instead of <see cref="Auth"/>, as some tools write it.</summary>
        public string? Username { get; init; }

        public string? Password { get; init; }

        [JsonPropertyName("identitytoken")]
        public string? IdentityToken { get; init; }
    }
}
