namespace Islet.Images.Registry;

/// <summary>Settings for the access to registries.</summary>
internal sealed record RegistryOptions
{
    /// <summary>
    /// Credentials by registry (<c>docker.io</c>, <c>localhost:5000</c>). They take precedence over <see cref="CredentialSource"/>.
    /// </summary>
    public IReadOnlyDictionary<string, RegistryCredential> Credentials { get; init; } = new Dictionary<string, RegistryCredential>();

    /// <summary>The source of other credentials; <see langword="null"/> for those that the user's container tools have stored.</summary>
    public IRegistryCredentialSource? CredentialSource { get; init; }

    /// <summary>
    /// Registries that may be used over plain HTTP when they don't answer over HTTPS. Those on the loopback always may, as with Docker.
    /// </summary>
    public IReadOnlySet<string> InsecureRegistries { get; init; } = new HashSet<string>();

    /// <summary>Mirrors by registry (<c>docker.io</c> → <c>mirror.example:5000</c>), tried in order before the registry itself.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Mirrors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The number of layers that are downloaded at the same time.</summary>
    public int ParallelDownloads { get; init; } = 3;

    /// <summary>The number of times that a request is repeated, or a broken download resumed.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>The pause before the first repetition. It doubles with each further one. A registry may ask for a longer one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause that a registry may ask for.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest time that a registry may be silent while it owes an answer or the next byte.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The minimum rate at which a registry must send, in bytes a second, averaged over a <see cref="SilenceTimeout"/>. A registry that
    /// only trickles bytes counts as silent.
    /// </summary>
    public int SlowestRate { get; init; } = 1024;
}
