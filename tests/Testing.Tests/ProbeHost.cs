using Islet.Storage;

namespace Islet.Testing.Tests;

/// <summary>What the probes of all frameworks share on the host: a cache, which is new, and a directory for running machines.</summary>
public sealed class ProbeHost : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("islet-probes-");

    public string CacheDirectory => Path.Combine(_directory.FullName, "cache");

    /// <summary>Has a directory for each machine that runs.</summary>
    public string RunDirectory => Path.Combine(_directory.FullName, "run");

    /// <summary>What the probes say to have done, one line each.</summary>
    public string RecordPath => Path.Combine(_directory.FullName, "record");

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["ISLET_CACHE"] = CacheDirectory,
        ["ISLET_RUN_DIRECTORY"] = RunDirectory,
        ["PROBE_RECORD"] = RecordPath,
    };

    /// <summary>The processes on this host whose command line names this directory.</summary>
    public IReadOnlyList<string> Processes() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0]))
            .Select(ReadCommandLine)
            .Where(command => command.Contains(_directory.FullName, StringComparison.Ordinal)),
    ];

    /// <summary>What running machines have on disk: in the user's directory one for each.</summary>
    public IReadOnlyList<string> MachineDirectories() => [.. Entries(RunDirectory).SelectMany(Entries)];

    /// <summary>The frozen states in the cache that are neither templates nor kept for later starts.</summary>
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
