using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Islet.Images.Registry;

/// <summary>
/// The credentials that <c>docker login</c> has stored: in <c>config.json</c> below <c>DOCKER_CONFIG</c> or <c>~/.docker</c>, or in the
/// credential helpers that it names. What can't be read is reported in the log and counts as absent: public images need none.
/// </summary>
internal sealed class DockerConfigCredentials(ILogger logger, string? directory = null) : IRegistryCredentialSource
{
    private const string DockerHub = "docker.io";
    private const string DockerHubKey = "https://index.docker.io/v1/";

    private readonly string _path = Path.Combine(directory ?? DefaultDirectory, "config.json");

    private static string DefaultDirectory => Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } given
        ? given
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");

    public async Task<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken)
    {
        if (Read() is not { } config)
            return null;

        string key = registry == DockerHub ? DockerHubKey : registry;
        string? helper = config.CredHelpers?.GetValueOrDefault(key) ?? config.CredHelpers?.GetValueOrDefault(registry) ?? config.CredsStore;
        if (!string.IsNullOrEmpty(helper))
        {
            var program = new CredentialHelper(helper, logger);
            if (await program.GetAsync(key, cancellationToken).ConfigureAwait(false) is { } credential)
                return credential;
        }

        DockerConfigDocument.AuthEntry? entry = config.Auths?.FirstOrDefault(candidate => HostOf(candidate.Key) == HostOf(key)).Value;
        return entry is null ? null : ToCredential(entry, registry);
    }

    private DockerConfigDocument? Read()
    {
        try
        {
            return File.Exists(_path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(_path), ImageJsonContext.Default.DockerConfigDocument)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            // Not the error's own text: it may quote the file.
            logger.LogWarning(313, "{Path} can't be read ({Error}); registries are asked without its credentials", _path, error.GetType().Name);
            return null;
        }
    }

    private RegistryCredential? ToCredential(DockerConfigDocument.AuthEntry entry, string registry)
    {
        if (!string.IsNullOrEmpty(entry.IdentityToken))
            return RegistryCredential.IdentityToken(entry.IdentityToken);
        if (string.IsNullOrEmpty(entry.Auth))
            return null;

        byte[] decoded = new byte[entry.Auth.Length];
        if (Convert.TryFromBase64String(entry.Auth, decoded, out int length)
            && Encoding.UTF8.GetString(decoded, 0, length).TrimEnd('\0') is var pair
            && pair.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
        {
            return RegistryCredential.Password(pair[..colon], pair[(colon + 1)..]);
        }

        logger.LogWarning(314, "The entry for {Registry} in {Path} is malformed; the registry is asked without it", registry, _path);
        return null;
    }

    // Keys have been written with and without a scheme and a path over the years.
    private static string HostOf(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        string host = scheme < 0 ? key : key[(scheme + 3)..];
        int slash = host.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? host : host[..slash];
    }
}
