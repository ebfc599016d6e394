using System.Text.Json.Serialization;

namespace Islet.Images.Registry;

/// <summary>The members of the docker command's <c>config.json</c> and of Podman's <c>auth.json</c> that are read.</summary>
internal sealed record DockerConfigDocument
{
    public IReadOnlyDictionary<string, AuthEntry?>? Auths { get; init; }

    public string? CredsStore { get; init; }

    public IReadOnlyDictionary<string, string?>? CredHelpers { get; init; }

    internal sealed class AuthEntry
    {
        /// <summary>The credentials as Base64 of <c>user:password</c>.</summary>
        public string? Auth { get; init; }

        /// <summary>The user name, which some tools write instead of <see cref="Auth"/>.</summary>
        public string? Username { get; init; }

        public string? Password { get; init; }

        [JsonPropertyName("identitytoken")]
        public string? IdentityToken { get; init; }
    }
}
