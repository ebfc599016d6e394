namespace Islet.Testing.Tests;

/// <summary>The shared state of all probes on the host: a cache, which is new, and a directory for running machines.</summary>
public sealed class ProbeHost : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("islet-probes-");

    public string CacheDirectory => Path.Combine(_directory.FullName, "cache");

    /// <summary>The directory that has a subdirectory for each running machine.</summary>
    public string RunDirectory => Path.Combine(_directory.FullName, "run");

    /// <summary>The path of the file in which the probes record their actions, one line each.</summary>
    public string RecordPath => Path.Combine(_directory.FullName, "record");

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["ISLET_CACHE"] = CacheDirectory,
        ["ISLET_RUN_DIRECTORY"] = RunDirectory,
        ["PROBE_RECORD"] = RecordPath,
    };

    /// <summary>Returns the processes on this host whose command line names this directory.</summary>
    public IReadOnlyList<string> Processes() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0]))
            .Select(ReadCommandLine)
            .Where(command => command.Contains(_directory.FullName, StringComparison.Ordinal)),
    ];

    /// <summary>Returns the directories of running machines: one for each, in the user's directory.</summary>
    public IReadOnlyList<string> MachineDirectories() => [.. Entries(RunDirectory).SelectMany(Entries)];

    /// <summary>Returns the checkpoints in the cache that are neither templates nor kept for later starts.</summary>
    public IReadOnlyList<string> Checkpoints() => [.. Entries(Path.Combine(CacheDirectory, "snapshots", "checkpoints"))];

    public void Dispose() => _directory.Delete(recursive: true);

    private static IEnumerable<string> Entries(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory) : [];

    private static string ReadCommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return ""; // ended meanwhile
        }
    }
}
