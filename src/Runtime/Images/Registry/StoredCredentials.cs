using System.Text;
using Microsoft.Extensions.Logging;

namespace Islet.Images.Registry;

/// <summary>
/// The credentials that a user has stored for container tools. The first source that knows the registry counts: <c>DOCKER_AUTH_CONFIG</c>,
/// then the file that <c>REGISTRY_AUTH_FILE</c> names, then Docker's configuration, then Podman's.
/// </summary>
internal sealed class StoredCredentials(IReadOnlyList<IRegistryCredentialSource> sources) : IRegistryCredentialSource
{
    public static StoredCredentials OfThisUser(ILogger logger) =>
        From(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), logger);

    internal static StoredCredentials From(Func<string, string?> environment, string home, ILogger logger)
    {
        var sources = new List<IRegistryCredentialSource>();
        if (environment("DOCKER_AUTH_CONFIG") is { Length: > 0 } given)
            sources.Add(
                new DockerConfigCredentials("the environment variable DOCKER_AUTH_CONFIG", () => Encoding.UTF8.GetBytes(given), logger));
        if (environment("REGISTRY_AUTH_FILE") is { Length: > 0 } chosen)
            AddFile(Path.GetFullPath(chosen));

        string docker = environment("DOCKER_CONFIG") is { Length: > 0 } directory ? directory : Path.Combine(home, ".docker");
        AddFile(Path.Combine(docker, "config.json"));

        // containers-auth.json(5): podman login writes to the first on Linux, and to the second on macOS.
        if (environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
            AddFile(Path.Combine(runtime, "containers", "auth.json"));
        string configuration = environment("XDG_CONFIG_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".config");
        AddFile(Path.Combine(configuration, "containers", "auth.json"));
        return new StoredCredentials(sources);

        void AddFile(string path) => sources.Add(DockerConfigCredentials.InFile(path, logger));
    }

    public async Task<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        foreach (IRegistryCredentialSource source in sources)
        {
            if (await source.FindAsync(registry, repository, cancellationToken).ConfigureAwait(false) is { } credential)
                return credential;
        }

        return null;
    }
}
