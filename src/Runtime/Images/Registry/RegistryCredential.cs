using Islet.Values;

namespace Islet.Images.Registry;

/// <summary>
/// The credential that identifies us to a registry. A class and not a record, so that no code can print the secret by accident.
/// </summary>
internal sealed class RegistryCredential
{
    private RegistryCredential(string username, string secret, bool isIdentityToken) =>
        (Username, Secret, IsIdentityToken) = (username, secret, isIdentityToken);

    /// <summary>The user's name; empty for an identity token.</summary>
    public string Username { get; }

    /// <summary>The password, the access token that stands for it, or the identity token.</summary>
    public string Secret { get; }

    /// <summary>Whether the secret is an OAuth 2 refresh token, as <c>docker login</c> may have stored it.</summary>
    public bool IsIdentityToken { get; }

    public static RegistryCredential Password(string username, string password) => new(username, password, isIdentityToken: false);

    public static RegistryCredential IdentityToken(string token) => new("", token, isIdentityToken: true);

    /// <summary>Returns the name that the credential is for, without the secret.</summary>
    public override string ToString() => IsIdentityToken ? "an identity token" : $"user “{Excerpt.Of(Username)}”";
}
