using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Islet.Images;

/// <summary>An image configuration as it is written, unchecked.</summary>
internal sealed record ImageConfigDocument
{
    public string? Created { get; init; }

    public string? Os { get; init; }

    public string? Architecture { get; init; }

    public string? Variant { get; init; }

    public Execution? Config { get; init; }

    public RootFilesystem? Rootfs { get; init; }

    public ImageConfig ToConfig()
    {
        Execution config = Config ?? new Execution();
        if (Rootfs is not { DiffIds: { } diffIds })
            throw new InvalidImageException("The image's configuration does not list the digests of its layers (rootfs.diff_ids).");

        return new ImageConfig
        {
            Platform = Platform.FromDocument(Os, Architecture, Variant)
                ?? throw new InvalidImageException(
                    "The image's configuration does not say which platform the image is for (os, architecture)."),
            Created = ToTime(Created),
            Env = Checked(config.Env, "Env"),
            Entrypoint = Checked(config.Entrypoint, "Entrypoint") is [""] ? [] : Checked(config.Entrypoint, "Entrypoint"),
            Cmd = Checked(config.Cmd, "Cmd"),
            Shell = Checked(config.Shell, "Shell"),
            User = Checked(config.User, "User"),
            WorkingDir = Checked(config.WorkingDir, "WorkingDir"),
            ExposedPorts = Checked(config.ExposedPorts?.Keys, "ExposedPorts"),
            Volumes = Checked(config.Volumes?.Keys, "Volumes"),
            Labels = config.Labels?.ToDictionary(label => label.Key, label => label.Value ?? "") ?? [],
            StopSignal = string.IsNullOrEmpty(config.StopSignal) ? null : Checked(config.StopSignal, "StopSignal"),
            Healthcheck = config.Healthcheck?.ToConfig(),
            DiffIds = [.. diffIds.Select(id => id ?? throw new InvalidImageException("The image's configuration has an empty diff_id."))],
        };
    }

    private static DateTimeOffset? ToTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    // No string that ends up in an execve may contain a NUL: the NUL would silently cut the string short.
    private static string Checked(string? value, string member) => value is not null && value.Contains('\0', StringComparison.Ordinal)
        ? throw new InvalidImageException($"{member} in the image's configuration contains a NUL character.")
        : value ?? "";

    private static string[] Checked(IEnumerable<string?>? values, string member) => values is null ? [] :
        [.. values.Select(value => Checked(value, member))];

    internal sealed record Execution
    {
        [JsonPropertyName("Env")]
        public IReadOnlyList<string?>? Env { get; init; }

        [JsonPropertyName("Entrypoint")]
        [JsonConverter(typeof(StringOrListConverter))]
        public IReadOnlyList<string?>? Entrypoint { get; init; }

        [JsonPropertyName("Cmd")]
        [JsonConverter(typeof(StringOrListConverter))]
        public IReadOnlyList<string?>? Cmd { get; init; }

        [JsonPropertyName("Shell")]
        [JsonConverter(typeof(StringOrListConverter))]
        public IReadOnlyList<string?>? Shell { get; init; }

        [JsonPropertyName("User")]
        public string? User { get; init; }

        [JsonPropertyName("WorkingDir")]
        public string? WorkingDir { get; init; }

        [JsonPropertyName("ExposedPorts")]
        public IReadOnlyDictionary<string, JsonElement>? ExposedPorts { get; init; }

        [JsonPropertyName("Volumes")]
        public IReadOnlyDictionary<string, JsonElement>? Volumes { get; init; }

        [JsonPropertyName("Labels")]
        public IReadOnlyDictionary<string, string?>? Labels { get; init; }

        [JsonPropertyName("StopSignal")]
        public string? StopSignal { get; init; }

        [JsonPropertyName("Healthcheck")]
        public Health? Healthcheck { get; init; }
    }

    internal sealed record Health
    {
        [JsonPropertyName("Test")]
        public IReadOnlyList<string?>? Test { get; init; }

        [JsonPropertyName("Interval")]
        public long Interval { get; init; }

        [JsonPropertyName("Timeout")]
        public long Timeout { get; init; }

        [JsonPropertyName("StartPeriod")]
        public long StartPeriod { get; init; }

        [JsonPropertyName("StartInterval")]
        public long StartInterval { get; init; }

        [JsonPropertyName("Retries")]
        public int Retries { get; init; }

        public HealthcheckConfig ToConfig() => new()
        {
            Test = Checked(Test, "Healthcheck.Test"),
            Interval = FromNanoseconds(Interval),
            Timeout = FromNanoseconds(Timeout),
            StartPeriod = FromNanoseconds(StartPeriod),
            StartInterval = FromNanoseconds(StartInterval),
            Retries = Retries > 0 ? Retries : null,
        };

        // Docker writes durations in nanoseconds, and 0 for “not set”.
        private static TimeSpan? FromNanoseconds(long nanoseconds) =>
            nanoseconds > 0 ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : null;
    }

    internal sealed record RootFilesystem
    {
        [JsonPropertyName("diff_ids")]
        public IReadOnlyList<Digest?>? DiffIds { get; init; }
    }
}
