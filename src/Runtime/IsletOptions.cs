using System.Net;
using Islet.Images.Registry;
using Islet.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet;

/// <summary>Settings of a <see cref="ContainerRuntime"/>. A runtime takes a copy: later changes have no effect on it.</summary>
/// <remarks>
/// A value set in code wins over the configuration, the configuration over the environment, and the environment over the default. The
/// configuration is the section <c>Islet</c>, with <c>services.AddIslet()</c>; its keys are the names of the properties. An empty variable
/// counts as none. A variable that can't be read is always an error, even if code sets the same property: the next program would use it.
/// <list type="table">
/// <listheader><term>Variable</term><description>Setting, with an example of its value</description></listheader>
/// <item><term><c>ISLET_CACHE</c></term><description><see cref="CacheDirectory"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_KERNEL</c></term><description><see cref="KernelPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_INITRAMFS</c></term><description><see cref="InitramfsPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_DEFAULT_MEMORY</c></term><description><see cref="DefaultMemory"/>: <c>512 MiB</c></description></item>
/// <item><term><c>ISLET_DEFAULT_CPUS</c></term><description><see cref="DefaultCpus"/>: <c>2</c></description></item>
/// <item><term><c>ISLET_SNAPSHOT_CACHE_LIMIT</c></term><description><see cref="SnapshotCacheLimit"/>: <c>20 GiB</c></description></item>
/// <item><term><c>ISLET_PREPARE_TEMPLATES</c></term><description><see cref="PrepareTemplates"/>: <c>true, false</c></description></item>
/// <item><term><c>ISLET_SPAWN_AHEAD</c></term><description><see cref="SpawnAhead"/>: <c>false</c></description></item>
/// <item><term><c>ISLET_SPARES</c></term><description><see cref="Spares"/>: <c>2</c></description></item>
/// <item><term><c>ISLET_INSECURE_REGISTRIES</c></term>
/// <description><see cref="InsecureRegistries"/>: <c>one.example:5000,two.example</c></description></item>
/// <item><term><c>ISLET_REGISTRY_MIRRORS</c></term><description><see cref="RegistryMirrors"/>:
/// <c>docker.io=mirror.example:5000,second.example;ghcr.io=third.example</c></description></item>
/// </list>
/// Passwords have no variable of Islet's own. For a registry that is not in <see cref="RegistryCredentials"/>, Islet uses
/// <c>DOCKER_AUTH_CONFIG</c> and the credentials stored by <c>docker login</c> or <c>podman login</c>.
/// </remarks>
public sealed record IsletOptions
{
    /// <summary>Creates settings from the environment and the defaults.</summary>
    public IsletOptions()
        : this(Environment.GetEnvironmentVariable, new IsletOptionsText())
    {
    }

    /// <summary>Creates settings from an environment; <paramref name="text"/> collects the errors in it.</summary>
    internal IsletOptions(Func<string, string?> environment, IsletOptionsText text)
    {
        KernelPath = NullIfEmpty(environment("ISLET_KERNEL"));
        InitramfsPath = NullIfEmpty(environment("ISLET_INITRAMFS"));
        DefaultMemory = text.Memory("ISLET_DEFAULT_MEMORY", environment("ISLET_DEFAULT_MEMORY")) ?? MemorySize.FromMebibytes(512);
        DefaultCpus = text.Integer("ISLET_DEFAULT_CPUS", environment("ISLET_DEFAULT_CPUS")) ?? 1;
        SnapshotCacheLimit = text.Memory("ISLET_SNAPSHOT_CACHE_LIMIT", environment("ISLET_SNAPSHOT_CACHE_LIMIT")) ?? MemorySize.FromGibibytes(20);
        PrepareTemplates = text.Boolean("ISLET_PREPARE_TEMPLATES", environment("ISLET_PREPARE_TEMPLATES")) ?? false;
        Spares = text.Integer("ISLET_SPARES", environment("ISLET_SPARES")) ?? 0;
        SpawnAhead = text.Boolean("ISLET_SPAWN_AHEAD", environment("ISLET_SPAWN_AHEAD")) ?? true;
        InsecureRegistries = text.List(environment("ISLET_INSECURE_REGISTRIES")) ?? [];
        RegistryMirrors = text.Mirrors("ISLET_REGISTRY_MIRRORS", environment("ISLET_REGISTRY_MIRRORS"))
            ?? new Dictionary<string, IReadOnlyList<string>>();
    }

    /// <summary>
    /// The directory for images, disks and snapshots. Default: <c>ISLET_CACHE</c>, else <c>islet</c> in the user's cache directory
    /// (<c>$XDG_CACHE_HOME</c>, <c>~/.cache</c>, <c>~/Library/Caches</c>).
    /// </summary>
    /// <exception cref="StorageException">It was not set, and the user has no home directory.</exception>
    public string CacheDirectory { get => field ??= Storage.CacheDirectory.Default; set; }

    /// <summary>
    /// The path of the guest's kernel, instead of the one that comes with Islet. Default: <c>ISLET_KERNEL</c>, else Islet's own.
    /// </summary>
    public string? KernelPath { get; set; }

    /// <summary>
    /// The path of the guest's initramfs, instead of the one that comes with Islet. Default: <c>ISLET_INITRAMFS</c>, else Islet's own.
    /// </summary>
    public string? InitramfsPath { get; set; }

    /// <summary>
    /// The memory of containers that do not call <c>WithMemory</c>. Default: <c>ISLET_DEFAULT_MEMORY</c>, else 512 MiB. At least 64 MiB.
    /// </summary>
    public MemorySize DefaultMemory { get; set; }

    /// <summary>
    /// The number of virtual CPUs of containers that do not call <c>WithCpus</c>. Default: <c>ISLET_DEFAULT_CPUS</c>, else 1.
    /// </summary>
    public int DefaultCpus { get; set; }

    /// <summary>
    /// The space that boot templates, checkpoints and warm states may take in the cache. Beyond it, those that were not used for the
    /// longest time are removed, except those in use. Default: <c>ISLET_SNAPSHOT_CACHE_LIMIT</c>, else 20 GiB.
    /// </summary>
    public MemorySize SnapshotCacheLimit { get; set; }

    /// <summary>
    /// Whether the first start of a kind of machine (memory, CPUs, kernel) makes the boot template before it starts the container.
    /// Otherwise the template is made afterwards, in the background. Default: <c>ISLET_PREPARE_TEMPLATES</c>, else no: that start boots,
    /// and all later ones are restored.
    /// </summary>
    public bool PrepareTemplates { get; set; }

    /// <summary>
    /// The number of pooled machines for each kind in use: restored, rehearsed and waiting, so that a start need not even spawn one. Each
    /// takes about 50 MiB. They are made in the background, given back when the host is short of memory, and end with the runtime.
    /// Default: <c>ISLET_SPARES</c>, else 0.
    /// </summary>
    public int Spares { get; set; }

    /// <summary>
    /// Whether the QEMU process of the next machine is started ahead, after a container was restored, and waits. There is one QEMU of about
    /// 13 MiB for each of the four snapshots used last: a template with an image's disk, a checkpoint, or a warm state. They are started in
    /// the background, given back when the host is short of memory, and end with the runtime. Default: <c>ISLET_SPAWN_AHEAD</c>, else yes.
    /// </summary>
    public bool SpawnAhead { get; set; }

    /// <summary>The receiver of log messages. Default: none; with <c>services.AddIslet()</c>, the logging of the services.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Registries (<c>host[:port]</c>) for which plain HTTP is allowed. It is always allowed for those on the loopback, as in Docker.
    /// Default: <c>ISLET_INSECURE_REGISTRIES</c>, else none.
    /// </summary>
    public IReadOnlyCollection<string> InsecureRegistries { get; set; }

    /// <summary>
    /// Mirrors by registry (<c>docker.io</c> → <c>mirror.example:5000</c>), tried in order before the registry itself.
    /// Default: <c>ISLET_REGISTRY_MIRRORS</c>, else none.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RegistryMirrors { get; set; }

    /// <summary>
    /// User names and passwords by registry (<c>docker.io</c>, <c>localhost:5000</c>). Default: the content of
    /// <c>DOCKER_AUTH_CONFIG</c>, or the credentials stored by <c>docker login</c> or <c>podman login</c>, including credential helpers.
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
