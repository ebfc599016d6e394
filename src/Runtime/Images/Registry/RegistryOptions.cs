namespace Islet.Images.Registry;

/// <summary>How registries are reached.</summary>
internal sealed record RegistryOptions
{
    /// <summary>Credentials by registry (<c>docker.io</c>, <c>localhost:5000</c>). They go before <see cref="CredentialSource"/>.</summary>
    public IReadOnlyDictionary<string, RegistryCredential> Credentials { get; init; } = new Dictionary<string, RegistryCredential>();

    /// <summary>Where other credentials are found; <see langword="null"/> for what the user's container tools have stored.</summary>
    public IRegistryCredentialSource? CredentialSource { get; init; }

    /// <summary>
    /// Registries that may be spoken to in plain HTTP when they don't answer in HTTPS. Those on the loopback always may, as with Docker.
    /// </summary>
    public IReadOnlySet<string> InsecureRegistries { get; init; } = new HashSet<string>();

    /// <summary>Mirrors by registry (<c>docker.io</c> → <c>mirror.example:5000</c>), tried in order before the registry itself.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Mirrors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>How many layers are downloaded at the same time.</summary>
    public int ParallelDownloads { get; init; } = 3;

    /// <summary>How often a request is repeated, or a broken download resumed.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>The pause before the first repetition; it doubles from one to the next. A registry may ask for a longer one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause that a registry may ask for.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a registry may be silent, when it owes an answer or the next byte.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many bytes a second a registry must send at least, on the average of a <see cref="SilenceTimeout"/>: one that dribbles is as good as
    /// silent.
    /// </summary>
    public int SlowestRate { get; init; } = 1024;
}
