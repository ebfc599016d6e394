using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Islet.Images.Registry;

/// <summary>
/// The credentials in a file that <c>docker login</c> or <c>podman login</c> writes, or in the credential helpers that the file names.
/// Unreadable credentials are logged and count as absent, because public images need none.
/// </summary>
/// <param name="name">The location of the credentials, a file or a variable, for the log.</param>
/// <param name="read">Reads the document; <see langword="null"/> when there is none.</param>
/// <param name="logger">The log that faults are reported to.</param>
internal sealed class DockerConfigCredentials(string name, Func<byte[]?> read, ILogger logger) : IRegistryCredentialSource
{
    private const string DockerHub = "docker.io";
    private const string DockerHubKey = "https://index.docker.io/v1/";

    public static DockerConfigCredentials InFile(string path, ILogger logger) =>
        new(path, () => File.Exists(path) ? File.ReadAllBytes(path) : null, logger);

    public async Task<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
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

        return FindEntry(config, registry, repository) is { } entry ? ToCredential(entry, registry) : null;
    }

    private DockerConfigDocument? Read()
    {
        try
        {
            return read() is { Length: > 0 } content
                ? JsonSerializer.Deserialize(content, ImageJsonContext.Default.DockerConfigDocument)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // Do not log the error's own text: it may quote the file.
            logger.CredentialsNotRead(name, exception.GetType().Name);
            return null;
        }
    }

    /// <summary>
    /// Returns the entry with the longest matching key. Podman's keys may continue below the registry, down to a repository.
    /// </summary>
    private static DockerConfigDocument.AuthEntry? FindEntry(DockerConfigDocument config, string registry, string repository)
    {
        string path = $"{registry}/{repository}";
        return config.Auths?
            .Where(candidate => candidate.Value is not null)
            .Select(candidate => (Scope: ScopeOf(candidate.Key), candidate.Value))
            .Where(candidate => candidate.Scope == registry || path == candidate.Scope
                || path.StartsWith(candidate.Scope + "/", StringComparison.Ordinal))
            .OrderByDescending(candidate => candidate.Scope.Length)
            .FirstOrDefault().Value;
    }

    private RegistryCredential? ToCredential(DockerConfigDocument.AuthEntry entry, string registry)
    {
        if (!string.IsNullOrEmpty(entry.IdentityToken))
            return RegistryCredential.IdentityToken(entry.IdentityToken);
        if (string.IsNullOrEmpty(entry.Auth))
        {
            return string.IsNullOrEmpty(entry.Username) || string.IsNullOrEmpty(entry.Password)
                ? null
                : RegistryCredential.Password(entry.Username, entry.Password);
        }

        byte[] decoded = new byte[entry.Auth.Length];
        if (Convert.TryFromBase64String(entry.Auth, decoded, out int length)
            && Encoding.UTF8.GetString(decoded, 0, length).TrimEnd('\0') is var pair
            && pair.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
        {
            return RegistryCredential.Password(pair[..colon], pair[(colon + 1)..]);
        }

        logger.EntryIsMalformed(registry, name);
        return null;
    }

    /// <summary>
    /// Returns a key as <c>registry</c> or <c>registry/path</c>. Over the years keys have been written with and without a scheme and an API
    /// path, and Docker Hub has had several names.
    /// </summary>
    private static string ScopeOf(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        string scope = (scheme < 0 ? key : key[(scheme + 3)..]).TrimEnd('/');
        int slash = scope.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? scope : scope[..slash];
        if (host is "index.docker.io" or "registry-1.docker.io")
            host = DockerHub;
        string path = slash < 0 || scheme >= 0 || scope[(slash + 1)..] is "v1" or "v2" ? "" : scope[slash..];
        return host + path;
    }
}
