using System.Collections.ObjectModel;
using System.Net;
using Islet.Images.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet;

/// <summary>Settings of a <see cref="ContainerRuntime"/>. A runtime takes a copy: later changes have no effect on it.</summary>
/// <remarks>
/// A value set in code wins over the configuration, the configuration over the environment, and the environment over the default. The
/// runtime reads the environment when it is made: until then, a property that was not set returns its default. A path that is null
/// counts as not set. The configuration is the section <c>Islet</c>, with <c>services.AddIslet()</c>; its keys are the names of the
/// properties. An empty variable counts as none. A variable that can't be read is always an error, even if code sets the same property:
/// the next program would use it.
/// <list type="table">
/// <listheader><term>Variable</term><description>Setting, with an example of its value</description></listheader>
/// <item><term><c>ISLET_CACHE</c></term><description><see cref="CacheDirectory"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_KERNEL</c></term><description><see cref="KernelPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_INITRAMFS</c></term><description><see cref="InitramfsPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_QEMU</c></term><description><see cref="QemuPath"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_RUN_DIRECTORY</c></term><description><see cref="RunDirectory"/>: <c>a path</c></description></item>
/// <item><term><c>ISLET_DEFAULT_MEMORY</c></term><description><see cref="DefaultMemory"/>: <c>512 MiB</c></description></item>
/// <item><term><c>ISLET_DEFAULT_CPUS</c></term><description><see cref="DefaultCpus"/>: <c>2</c></description></item>
/// <item><term><c>ISLET_SNAPSHOT_CACHE_LIMIT</c></term><description><see cref="SnapshotCacheLimit"/>: <c>20 GiB</c></description></item>
/// <item><term><c>ISLET_PREPARE_TEMPLATES</c></term><description><see cref="PrepareTemplates"/>: <c>true, false</c></description></item>
/// <item><term><c>ISLET_PRESTART_QEMU</c></term><description><see cref="PrestartQemu"/>: <c>false</c></description></item>
/// <item><term><c>ISLET_POOLED_MACHINES</c></term><description><see cref="PooledMachines"/>: <c>2</c></description></item>
/// <item><term><c>ISLET_INSECURE_REGISTRIES</c></term>
/// <description><see cref="InsecureRegistries"/>: <c>one.example:5000,two.example</c></description></item>
/// <item><term><c>ISLET_REGISTRY_MIRRORS</c></term><description><see cref="RegistryMirrors"/>:
/// <c>docker.io=mirror.example:5000,second.example;ghcr.io=third.example</c></description></item>
/// </list>
/// Passwords have no variable of Islet's own. For a registry that is not in <see cref="RegistryCredentials"/>, Islet uses
/// <c>DOCKER_AUTH_CONFIG</c> and the credentials stored by <c>docker login</c> or <c>podman login</c>.
/// </remarks>
public sealed class IsletOptions
{
    // Null: not set, so that the environment is asked.
    private string? _cacheDirectory;
    private MemorySize? _defaultMemory;
    private int? _defaultCpus;
    private MemorySize? _snapshotCacheLimit;
    private bool? _prepareTemplates;
    private int? _pooledMachines;
    private bool? _prestartQemu;
    private IReadOnlyCollection<string>? _insecureRegistries;
    private IReadOnlyDictionary<string, IReadOnlyList<string>>? _registryMirrors;

    /// <summary>
    /// The directory for images, disks and snapshots. Default: <c>ISLET_CACHE</c>, else <c>islet</c> in the user's cache directory
    /// (<c>$XDG_CACHE_HOME</c>, <c>~/.cache</c>, <c>~/Library/Caches</c>).
    /// </summary>
    /// <exception cref="StorageException">It was not set, and the user has no home directory.</exception>
    public string CacheDirectory { get => _cacheDirectory ?? Storage.CacheDirectory.Default; set => _cacheDirectory = value; }

    /// <summary>
    /// The path of the kernel for guests of the host's own architecture, instead of the one that comes with Islet. Default:
    /// <c>ISLET_KERNEL</c>, else Islet's own.
    /// </summary>
    public string? KernelPath { get; set; }

    /// <summary>
    /// The path of the initramfs for guests of the host's own architecture, instead of the one that comes with Islet. Default:
    /// <c>ISLET_INITRAMFS</c>, else Islet's own.
    /// </summary>
    public string? InitramfsPath { get; set; }

    /// <summary>
    /// The path of the QEMU program that runs the machines of the host's own architecture, 7.2 or newer. Default: <c>ISLET_QEMU</c>, else
    /// <c>qemu-system-x86_64</c> in <c>PATH</c>, or <c>qemu-system-aarch64</c> on arm64. The QEMU for the other architecture is always that
    /// in <c>PATH</c>.
    /// </summary>
    public string? QemuPath { get; set; }

    /// <summary>
    /// The directory for the files of running machines: sockets, console logs and what containers write to their disks. Its path must be
    /// short, because those of the sockets in it have at most 107 bytes. Default: <c>ISLET_RUN_DIRECTORY</c>, else <c>/tmp</c>, or
    /// <c>/var/tmp</c> where <c>/tmp</c> is memory.
    /// </summary>
    public string? RunDirectory { get; set; }

    /// <summary>
    /// The memory of containers that do not call <c>WithMemory</c>. Default: <c>ISLET_DEFAULT_MEMORY</c>, else 512 MiB. At least 64 MiB.
    /// </summary>
    public MemorySize DefaultMemory { get => _defaultMemory ?? MemorySize.FromMebibytes(512); set => _defaultMemory = value; }

    /// <summary>
    /// The number of virtual CPUs of containers that do not call <c>WithCpus</c>. Default: <c>ISLET_DEFAULT_CPUS</c>, else 1.
    /// </summary>
    public int DefaultCpus { get => _defaultCpus ?? 1; set => _defaultCpus = value; }

    /// <summary>
    /// The space that boot templates, checkpoints and warm states may take in the cache. Beyond it, those that were not used for the
    /// longest time are removed, except those in use. Default: <c>ISLET_SNAPSHOT_CACHE_LIMIT</c>, else 20 GiB.
    /// </summary>
    public MemorySize SnapshotCacheLimit
    {
        get => _snapshotCacheLimit ?? MemorySize.FromGibibytes(20);
        set => _snapshotCacheLimit = value;
    }

    /// <summary>
    /// Whether the first start of a kind of machine (memory, CPUs, kernel) makes the boot template before it starts the container.
    /// Otherwise the template is made afterwards, in the background. Default: <c>ISLET_PREPARE_TEMPLATES</c>, else no: that start boots,
    /// and all later ones are restored.
    /// </summary>
    public bool PrepareTemplates { get => _prepareTemplates ?? false; set => _prepareTemplates = value; }

    /// <summary>
    /// The number of pooled machines for each kind in use: restored, rehearsed and waiting, so that a start need not even start QEMU. Each
    /// takes about 50 MiB. They are made in the background, given back when the host is short of memory, and end with the runtime.
    /// Default: <c>ISLET_POOLED_MACHINES</c>, else 0.
    /// </summary>
    public int PooledMachines { get => _pooledMachines ?? 0; set => _pooledMachines = value; }

    /// <summary>
    /// Whether the QEMU process of the next machine is started ahead, after a container was restored, and waits. There is one QEMU of about
    /// 13 MiB for each of the four snapshots used last: a template with an image's disk, a checkpoint, or a warm state. They are started in
    /// the background, given back when the host is short of memory, and end with the runtime. Default: <c>ISLET_PRESTART_QEMU</c>, else
    /// yes.
    /// </summary>
    public bool PrestartQemu { get => _prestartQemu ?? true; set => _prestartQemu = value; }

    /// <summary>The receiver of log messages. Default: none; with <c>services.AddIslet()</c>, the logging of the services.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Registries (<c>host[:port]</c>) for which plain HTTP is allowed. It is always allowed for those on the loopback, as in Docker.
    /// Default: <c>ISLET_INSECURE_REGISTRIES</c>, else none.
    /// </summary>
    public IReadOnlyCollection<string> InsecureRegistries { get => _insecureRegistries ?? []; set => _insecureRegistries = value; }

    /// <summary>
    /// Mirrors by registry (<c>docker.io</c> → <c>mirror.example:5000</c>), tried in order before the registry itself.
    /// Default: <c>ISLET_REGISTRY_MIRRORS</c>, else none.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RegistryMirrors
    {
        get => _registryMirrors ?? ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;
        set => _registryMirrors = value;
    }

    /// <summary>
    /// User names and passwords by registry (<c>docker.io</c>, <c>localhost:5000</c>). Default: the content of
    /// <c>DOCKER_AUTH_CONFIG</c>, or the credentials stored by <c>docker login</c> or <c>podman login</c>, including credential helpers.
    /// </summary>
    public IReadOnlyDictionary<string, NetworkCredential> RegistryCredentials { get; set; } =
        ReadOnlyDictionary<string, NetworkCredential>.Empty;

    /// <summary>Keeps the paths as they are now, whatever the environment and the current directory become.</summary>
    internal void FixPaths()
    {
        CacheDirectory = Path.GetFullPath(CacheDirectory);
        RunDirectory = RunDirectory is null ? null : Path.GetFullPath(RunDirectory);
    }

    internal IsletOptions Copy() => (IsletOptions)MemberwiseClone();

    /// <summary>Takes what was not set from an environment.</summary>
    /// <param name="environment">Returns the value of a variable, or <see langword="null"/>.</param>
    /// <param name="text">Collects the errors, also those in variables whose property was set.</param>
    internal void ReadEnvironment(Func<string, string?> environment, IsletOptionsText text)
    {
        _cacheDirectory ??= NullIfEmpty(environment("ISLET_CACHE")) is { } cache ? Path.GetFullPath(cache) : null;
        KernelPath ??= NullIfEmpty(environment("ISLET_KERNEL"));
        InitramfsPath ??= NullIfEmpty(environment("ISLET_INITRAMFS"));
        QemuPath ??= NullIfEmpty(environment("ISLET_QEMU"));
        RunDirectory ??= NullIfEmpty(environment("ISLET_RUN_DIRECTORY"));
        _insecureRegistries ??= text.List(environment("ISLET_INSECURE_REGISTRIES"));

        // Each text is read, also one that is not needed, so that its errors are found.
        _defaultMemory = Prefer(_defaultMemory, text.Memory, "ISLET_DEFAULT_MEMORY");
        _defaultCpus = Prefer(_defaultCpus, text.Integer, "ISLET_DEFAULT_CPUS");
        _snapshotCacheLimit = Prefer(_snapshotCacheLimit, text.Memory, "ISLET_SNAPSHOT_CACHE_LIMIT");
        _prepareTemplates = Prefer(_prepareTemplates, text.Boolean, "ISLET_PREPARE_TEMPLATES");
        _pooledMachines = Prefer(_pooledMachines, text.Integer, "ISLET_POOLED_MACHINES");
        _prestartQemu = Prefer(_prestartQemu, text.Boolean, "ISLET_PRESTART_QEMU");
        IReadOnlyDictionary<string, IReadOnlyList<string>>? mirrors =
            text.Mirrors("ISLET_REGISTRY_MIRRORS", environment("ISLET_REGISTRY_MIRRORS"));
        _registryMirrors ??= mirrors;

        T? Prefer<T>(T? set, Func<string, string?, T?> read, string variable)
            where T : struct
        {
            T? value = read(variable, environment(variable));
            return set ?? value;
        }
    }

    internal RegistryOptions ToRegistryOptions() => new()
    {
        InsecureRegistries = InsecureRegistries.ToHashSet(),
        Mirrors = RegistryMirrors,
        Credentials = RegistryCredentials.ToDictionary(
            entry => entry.Key, entry => RegistryCredential.Password(entry.Value.UserName, entry.Value.Password)),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
