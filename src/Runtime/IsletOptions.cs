using System.Net;
using Islet.Images.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet;

/// <summary>Settings of a <see cref="ContainerRuntime"/>.</summary>
public sealed record IsletOptions
{
    /// <summary>
    /// Where images and disks are kept. Default: <c>ISLET_CACHE</c>, else <c>islet</c> in the user's cache directory
    /// (<c>$XDG_CACHE_HOME</c>, <c>~/.cache</c>, <c>~/Library/Caches</c>).
    /// </summary>
    public string CacheDirectory { get; init; } = Islet.CacheDirectory.Default;

    /// <summary>The guest's kernel, in place of the one that comes with Islet. Default: <c>ISLET_KERNEL</c>, else Islet's own.</summary>
    public string? KernelPath { get; init; } = NullIfEmpty(Environment.GetEnvironmentVariable("ISLET_KERNEL"));

    /// <summary>The guest's initramfs, in place of the one that comes with Islet. Default: <c>ISLET_INITRAMFS</c>, else Islet's own.</summary>
    public string? InitramfsPath { get; init; } = NullIfEmpty(Environment.GetEnvironmentVariable("ISLET_INITRAMFS"));

    /// <summary>The memory of a container that does not say. Default: 512 MiB.</summary>
    public MemorySize DefaultMemory { get; init; } = MemorySize.Mebibytes(512);

    /// <summary>The virtual CPUs of a container that does not say. Default: 1.</summary>
    public int DefaultCpus { get; init; } = 1;

    /// <summary>
    /// How much boot templates, checkpoints and warm starts may take in the cache before those are removed that were not used for longest.
    /// What is in use stays. Default: 20 GiB.
    /// </summary>
    public MemorySize SnapshotCacheLimit { get; init; } = MemorySize.Gibibytes(20);

    /// <summary>
    /// Whether the first start of a kind of machine (memory, CPUs, kernel) makes its boot template before it starts, and not behind it.
    /// Default: no; that start boots, and all later ones are restored.
    /// </summary>
    public bool PrepareTemplates { get; init; }

    /// <summary>
    /// How many machines of each kind in use are kept restored and waiting, so that a start need not even spawn one. Each takes about 15 MiB.
    /// They are made in the background, given back when the host is short of memory, and end with the runtime. Default: 0.
    /// </summary>
    public int Spares { get; init; }

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Registries (<c>host[:port]</c>) that may be spoken to in plain HTTP. Those on the loopback always may, as with Docker.</summary>
    public IReadOnlyCollection<string> InsecureRegistries { get; init; } = [];

    /// <summary>Mirrors by registry (<c>docker.io</c> → <c>mirror.example:5000</c>), tried in order before the registry itself.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RegistryMirrors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>
    /// User names and passwords by registry (<c>docker.io</c>, <c>localhost:5000</c>). Default: what <c>docker login</c> has stored,
    /// and its credential helpers.
    /// </summary>
    public IReadOnlyDictionary<string, NetworkCredential> RegistryCredentials { get; init; } = new Dictionary<string, NetworkCredential>();

    internal RegistryOptions ToRegistryOptions() => new()
    {
        InsecureRegistries = InsecureRegistries.ToHashSet(),
        Mirrors = RegistryMirrors,
        Credentials = RegistryCredentials.ToDictionary(
            entry => entry.Key, entry => RegistryCredential.Password(entry.Value.UserName, entry.Value.Password)),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
