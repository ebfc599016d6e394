namespace Islet;

/// <summary>The rules for settings, whether they come from code, from the configuration or from the environment.</summary>
internal static class IsletOptionsValidation
{
    private static readonly MemorySize s_leastMemory = MemorySize.FromMebibytes(64);

    /// <summary>Finds all errors in settings.</summary>
    /// <returns>A sentence for each mistake; none when the settings can be used.</returns>
    public static IEnumerable<string> FindFailures(IsletOptions options) =>
        [.. CheckPaths(options), .. CheckNumbers(options), .. CheckRegistries(options)];

    private static IEnumerable<string> CheckPaths(IsletOptions options)
    {
        string? cache = null, noHome = null;
        try
        {
            cache = options.CacheDirectory;
        }
        catch (StorageException exception)
        {
            noHome = exception.PlainMessage;
        }

        if ((noHome ?? FaultOf(nameof(options.CacheDirectory), cache!)) is { } fault)
            yield return fault;
        if (options.RunDirectory is { } run && FaultOf(nameof(options.RunDirectory), run) is { } runFault)
            yield return runFault;
        if (options.LoggerFactory is null)
            yield return "LoggerFactory is null: leave it alone, or set NullLoggerFactory.Instance, for no log.";
    }

    private static string? FaultOf(string setting, string directory)
    {
        if (string.IsNullOrWhiteSpace(directory))
            return $"{setting} is empty: name a directory that can be written.";
        if (directory.Contains('\0'))
            return $"{setting} holds a NUL character, which no path can.";
        return File.Exists(directory) ? $"{setting} is {directory}, which is a file: name a directory that can be written." : null;
    }

    private static IEnumerable<string> CheckNumbers(IsletOptions options)
    {
        if (options.DefaultMemory < s_leastMemory)
        {
            yield return $"DefaultMemory is {options.DefaultMemory}: it must be at least {s_leastMemory}. "
                + "A single container may have less, with WithMemory.";
        }

        if (options.DefaultCpus < 1)
            yield return $"DefaultCpus is {options.DefaultCpus}: a machine has at least 1.";
        if (options.PooledMachines < 0)
            yield return $"PooledMachines is {options.PooledMachines}: it must be 0 or more.";
        if (options.SnapshotCacheLimit.Bytes < 0)
            yield return $"SnapshotCacheLimit is {options.SnapshotCacheLimit}: it must be 0 or more.";
    }

    private static IEnumerable<string> CheckRegistries(IsletOptions options)
    {
        foreach (string registry in options.InsecureRegistries ?? [])
        {
            if (IsWrong(registry))
                yield return Describe("InsecureRegistries holds", registry);
        }

        foreach ((string registry, IReadOnlyList<string> mirrors) in options.RegistryMirrors
            ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (IsWrong(registry))
                yield return Describe("RegistryMirrors has mirrors for", registry);
            foreach (string mirror in mirrors ?? [])
            {
                if (IsWrong(mirror))
                    yield return Describe($"RegistryMirrors has for {registry}", mirror);
            }
        }

        foreach (string registry in options.RegistryCredentials?.Keys ?? [])
        {
            if (IsWrong(registry))
                yield return Describe("RegistryCredentials has a user for", registry);
        }
    }

    private static bool IsWrong(string? registry) => registry is null || !RegistryReference.IsRegistry(registry);

    private static string Describe(string where, string registry) =>
        $"{where} \"{registry}\", which is not a registry: write host or host:port, without a scheme or a path.";
}
