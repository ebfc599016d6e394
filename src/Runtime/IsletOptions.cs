using System.Net;
using Islet.Images.Registry;
using Islet.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet;

/// <summary>Settings of a <see cref="ContainerRuntime"/>. A runtime takes a copy: what is changed later has no effect on it.</summary>
/// <remarks>
/// What code sets goes before the configuration (the section <c>Islet</c>, with <c>services.AddIslet()</c>; its keys are the names of the
/// properties), that before the environment, and that before the default. An empty variable counts as none. One that can't be read is an
/// error even where code says otherwise: it would have its way in the next program.
/// <list type="table">
/// <listheader><term>Variable</term><description>Setting, and what is written</description></listheader>
/// <item><term><c>ISLET_CACHE</c></term><description><see cref="CacheDirectory"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_KERNEL</c></term><description><see cref="KernelPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_INITRAMFS</c></term><description><see cref="InitramfsPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_DEFAULT_MEMORY</c></term><description><see cref="DefaultMemory"/>: <c>512 MiB</c></description></item>
/// <item><term><c>ISLET_DEFAULT_CPUS</c></term><description><see cref="DefaultCpus"/>: <c>2</c></description></item>
/// <item><term><c>ISLET_SNAPSHOT_CACHE_LIMIT</c></term><description><see cref="SnapshotCacheLimit"/>: <c>20 GiB</c></description></item>
/// <item><term><c>ISLET_PREPARE_TEMPLATES</c></term><description><see cref="PrepareTemplates"/>: <c>true, false</c></description></item>
/// <item><term><c>ISLET_SPAWN_AHEAD</c></term><description><see cref="SpawnAhead"/>: <c>false</c></description></item>
/// <item><term><c>ISLET_SPARES</c></term><description><see cref="Spares"/>: <c>2</c></description></item>
/// <item><term><c>ISLET_INSECURE_REGISTRIES</c></term><description><see cref="InsecureRegistries"/>: <c>one.example:5000,two.example</c></description></item>
/// <item><term><c>ISLET_REGISTRY_MIRRORS</c></term><description><see cref="RegistryMirrors"/>: <c>docker.io=mirror.example:5000,second.example;ghcr.io=third.example</c></description></item>
/// </list>
/// Passwords have no variable of Islet's own: what <c>docker login</c> or <c>podman login</c> has stored, and <c>DOCKER_AUTH_CONFIG</c>, is used where
/// <see cref="RegistryCredentials"/> says nothing.
/// </remarks>
public sealed record IsletOptions
{
    /// <summary>Creates settings with what the environment says, and the defaults.</summary>
    public IsletOptions()
        : this(Environment.GetEnvironmentVariable, new IsletOptionsText())
    {
    }

    /// <summary>Creates settings from an environment; <paramref name="text"/> collects what is wrong with it.</summary>
    internal IsletOptions(Func<string, string?> environment, IsletOptionsText text)
    {
        KernelPath = NullIfEmpty(environment("ISLET_KERNEL"));
        InitramfsPath = NullIfEmpty(environment("ISLET_INITRAMFS"));
        DefaultMemory = text.Memory("ISLET_DEFAULT_MEMORY", environment("ISLET_DEFAULT_MEMORY")) ?? MemorySize.Mebibytes(512);
        DefaultCpus = text.Integer("ISLET_DEFAULT_CPUS", environment("ISLET_DEFAULT_CPUS")) ?? 1;
        SnapshotCacheLimit = text.Memory("ISLET_SNAPSHOT_CACHE_LIMIT", environment("ISLET_SNAPSHOT_CACHE_LIMIT")) ?? MemorySize.Gibibytes(20);
        PrepareTemplates = text.Boolean("ISLET_PREPARE_TEMPLATES", environment("ISLET_PREPARE_TEMPLATES")) ?? false;
        Spares = text.Integer("ISLET_SPARES", environment("ISLET_SPARES")) ?? 0;
        SpawnAhead = text.Boolean("ISLET_SPAWN_AHEAD", environment("ISLET_SPAWN_AHEAD")) ?? true;
        InsecureRegistries = text.List(environment("ISLET_INSECURE_REGISTRIES")) ?? [];
        RegistryMirrors = text.Mirrors("ISLET_REGISTRY_MIRRORS", environment("ISLET_REGISTRY_MIRRORS"))
            ?? new Dictionary<string, IReadOnlyList<string>>();
    }

    /// <summary>
    /// Where images and disks are kept. Default: <c>ISLET_CACHE</c>, else <c>islet</c> in the user's cache directory
    /// (<c>$XDG_CACHE_HOME</c>, <c>~/.cache</c>, <c>~/Library/Caches</c>).
    /// </summary>
    /// <exception cref="StorageException">It was not set, and the user has no home directory.</exception>
    public string CacheDirectory { get => field ??= Storage.CacheDirectory.Default; set; }

    /// <summary>The guest's kernel, in place of the one that comes with Islet. Default: <c>ISLET_KERNEL</c>, else Islet's own.</summary>
    public string? KernelPath { get; set; }

    /// <summary>The guest's initramfs, in place of the one that comes with Islet. Default: <c>ISLET_INITRAMFS</c>, else Islet's own.</summary>
    public string? InitramfsPath { get; set; }

    /// <summary>The memory of a container that does not say. Default: <c>ISLET_DEFAULT_MEMORY</c>, else 512 MiB. At least 64 MiB.</summary>
    public MemorySize DefaultMemory { get; set; }

    /// <summary>The virtual CPUs of a container that does not say. Default: <c>ISLET_DEFAULT_CPUS</c>, else 1.</summary>
    public int DefaultCpus { get; set; }

    /// <summary>
    /// How much boot templates, checkpoints and warm starts may take in the cache before those are removed that were not used for longest.
    /// What is in use stays. Default: <c>ISLET_SNAPSHOT_CACHE_LIMIT</c>, else 20 GiB.
    /// </summary>
    public MemorySize SnapshotCacheLimit { get; set; }

    /// <summary>
    /// Whether the first start of a kind of machine (memory, CPUs, kernel) makes its boot template before it starts, and not behind it.
    /// Default: <c>ISLET_PREPARE_TEMPLATES</c>, else no; that start boots, and all later ones are restored.
    /// </summary>
    public bool PrepareTemplates { get; set; }

    /// <summary>
    /// How many machines of each kind in use are kept restored, rehearsed and waiting, so that a start need not even spawn one. Each takes
    /// about 50 MiB. They are made in the background, given back when the host is short of memory, and end with the runtime.
    /// Default: <c>ISLET_SPARES</c>, else 0.
    /// </summary>
    public int Spares { get; set; }

    /// <summary>
    /// Whether, after a container was restored, the program of the machine that the next one will be restored in is started, and waits: for each
    /// of the four used last (a template with an image's disk, a checkpoint, a warm state) one QEMU of about 13 MiB. They are started in the background,
    /// given back when the host is short of memory, and end with the runtime. Default: <c>ISLET_SPAWN_AHEAD</c>, else yes.
    /// </summary>
    public bool SpawnAhead { get; set; }

    /// <summary>Where log messages go. Default: nowhere; with <c>services.AddIslet()</c>, to the logging of the services.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Registries (<c>host[:port]</c>) that may be spoken to in plain HTTP. Those on the loopback always may, as with Docker.
    /// Default: <c>ISLET_INSECURE_REGISTRIES</c>, else none.
    /// </summary>
    public IReadOnlyCollection<string> InsecureRegistries { get; set; }

    /// <summary>
    /// Mirrors by registry (<c>docker.io</c> → <c>mirror.example:5000</c>), tried in order before the registry itself.
    /// Default: <c>ISLET_REGISTRY_MIRRORS</c>, else none.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RegistryMirrors { get; set; }

    /// <summary>
    /// User names and passwords by registry (<c>docker.io</c>, <c>localhost:5000</c>). Default: what
    /// <c>DOCKER_AUTH_CONFIG</c> holds, or what <c>docker login</c> or <c>podman login</c> has stored, credential helpers included.
    /// </summary>
    public IReadOnlyDictionary<string, NetworkCredential> RegistryCredentials { get; set; } = new Dictionary<string, NetworkCredential>();

    internal RegistryOptions ToRegistryOptions() => new()
    {
        InsecureRegistries = InsecureRegistries.ToHashSet(),
        Mirrors = RegistryMirrors,
        Credentials = RegistryCredentials.ToDictionary(
            entry => entry.Key, entry => RegistryCredential.Password(entry.Value.UserName, entry.Value.Password)),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
