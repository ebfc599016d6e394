using System.Net;
using Islet.Values;

namespace Islet.Images.Registry;

/// <summary>A registry's API: the registry itself, or a mirror of it.</summary>
/// <param name="Registry">The name that references and credentials use: <c>docker.io</c>.</param>
/// <param name="BaseAddress">The address of its API: <c>https://registry-1.docker.io/</c>.</param>
/// <param name="AllowsPlainHttp">Whether it may be used without TLS.</param>
internal sealed record RegistryEndpoint(string Registry, Uri BaseAddress, bool AllowsPlainHttp)
{
    /// <summary>Returns the endpoint of a registry, with HTTPS.</summary>
    public static RegistryEndpoint For(string registry, IReadOnlySet<string> insecureRegistries)
    {
        string authority = registry == "docker.io" ? "registry-1.docker.io" : registry;
        if (!Uri.TryCreate($"https://{authority}/", UriKind.Absolute, out Uri? address))
            throw new RegistryUnreachableException($"“{Excerpt.Of(registry)}” is not a registry's host name, with or without a port.");

        return new RegistryEndpoint(registry, address, IsLoopback(address) || insecureRegistries.Contains(registry));
    }

    /// <summary>Returns the same endpoint without TLS.</summary>
    public RegistryEndpoint InPlainHttp()
    {
        int port = BaseAddress.IsDefaultPort ? 80 : BaseAddress.Port;
        return this with { BaseAddress = new UriBuilder(BaseAddress) { Scheme = Uri.UriSchemeHttp, Port = port }.Uri };
    }

    /// <summary>Whether the registry runs on this machine.</summary>
    public static bool IsLoopback(Uri address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));

    /// <summary>Whether a URL has the same origin (scheme, host, port), so that data meant for this endpoint may be sent there.</summary>
    public bool IsOrigin(Uri address) =>
        address.Scheme == BaseAddress.Scheme
        && address.Port == BaseAddress.Port
        && string.Equals(address.Host, BaseAddress.Host, StringComparison.OrdinalIgnoreCase);
}
