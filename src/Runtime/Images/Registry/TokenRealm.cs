using System.Net;

namespace Islet.Images.Registry;

/// <summary>
/// The server that issues a registry's tokens, which the registry names in its challenge. A registry must not be able to have credentials
/// sent to any server it likes (CVE-2020-15157). So we send them to the registry's own host, to hosts below it, and to its neighbours below
/// the same parent domain (registry-1.docker.io and auth.docker.io). Neighbours are excluded when unrelated parties have names below that
/// domain (co.uk, azurecr.io). Another port counts as another server, with one exception: port 443 counts as the host's own, because GitLab
/// issues its tokens there.
/// </summary>
internal sealed record TokenRealm(Uri Address, bool MayReceiveCredentials)
{
    private const int HttpsPort = 443;

    /// <summary>Checks the realm of a challenge.</summary>
    /// <exception cref="RegistryAuthenticationException">The realm is not a URL that a token may be fetched from.</exception>
    public static TokenRealm Parse(string? realm, RegistryEndpoint endpoint)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out Uri? address)
            || address.UserInfo.Length > 0
            || address.Scheme is not ("https" or "http"))
        {
            throw new RegistryAuthenticationException(
                $"{endpoint.Registry} asks for a token but does not name a usable server for it.", credentialsGiven: false);
        }

        if (address.Scheme != Uri.UriSchemeHttps && !endpoint.AllowsPlainHttp)
        {
            throw new RegistryAuthenticationException(
                $"{endpoint.Registry} wants its token to be fetched from {address.Host} without encryption, which is refused.",
                credentialsGiven: false);
        }

        return new TokenRealm(
            address, IsOwnPort(address, endpoint.BaseAddress) && IsOwnHost(address.IdnHost, endpoint.BaseAddress.IdnHost));
    }

    private static bool IsOwnPort(Uri realm, Uri registry) =>
        realm.Port == registry.Port
        || (realm.Scheme == Uri.UriSchemeHttps && registry.Scheme == Uri.UriSchemeHttps && realm.Port == HttpsPort);

    private static bool IsOwnHost(string realm, string registry)
    {
        if (string.Equals(realm, registry, StringComparison.OrdinalIgnoreCase))
            return true;
        if (IPAddress.TryParse(realm.Trim('[', ']'), out _) || IPAddress.TryParse(registry.Trim('[', ']'), out _))
            return false;
        if (realm.EndsWith("." + registry, StringComparison.OrdinalIgnoreCase))
            return true;

        string parent = registry[(registry.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return registry.Length > parent.Length
            && !PublicSuffixes.Contains(parent)
            && ("." + realm).EndsWith("." + parent, StringComparison.OrdinalIgnoreCase);
    }
}
