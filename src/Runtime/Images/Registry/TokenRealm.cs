using System.Net;

namespace Islet.Images.Registry;

/// <summary>
/// The server that gives out a registry's tokens, which the registry names in its challenge. A registry must not be able to have
/// credentials sent wherever it likes (CVE-2020-15157): we send them to the registry's own host, to hosts below it, and to its
/// neighbours below the same parent domain (registry-1.docker.io and auth.docker.io).
/// </summary>
internal sealed record TokenRealm(Uri Address, bool MayReceiveCredentials)
{
    /// <summary>Checks the realm of a challenge.</summary>
    /// <exception cref="RegistryAuthenticationException">It is no URL that a token may be fetched from.</exception>
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

        return new TokenRealm(address, IsOwnHost(address.Host, endpoint.BaseAddress.Host));
    }

    private static bool IsOwnHost(string realm, string registry)
    {
        if (string.Equals(realm, registry, StringComparison.OrdinalIgnoreCase))
            return true;
        if (IPAddress.TryParse(realm.Trim('[', ']'), out _) || IPAddress.TryParse(registry.Trim('[', ']'), out _))
            return false;
        if (realm.EndsWith("." + registry, StringComparison.OrdinalIgnoreCase))
            return true;

        // The parent of a two-label name would be a whole top-level domain.
        string parent = registry[(registry.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return parent.Contains('.', StringComparison.Ordinal)
            && registry.Length > parent.Length
            && ("." + realm).EndsWith("." + parent, StringComparison.OrdinalIgnoreCase);
    }
}
