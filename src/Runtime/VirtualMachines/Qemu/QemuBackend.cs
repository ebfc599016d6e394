using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Islet.Native.Posix;
using Islet.VirtualMachines.Qemu.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// Runs each machine in its own <c>qemu-system-x86_64</c> or <c>qemu-system-aarch64</c>, as this user: no root, no daemon.
/// </summary>
/// <remarks>
/// Uses KVM where it is usable, and QEMU's own translator, TCG, elsewhere and for guests of another architecture than the host's.
/// </remarks>
internal sealed partial class QemuBackend : IVirtualMachineBackend
{
    /// <summary>The smallest memory of a machine: with less, the kernel finds no room for itself and the agent.</summary>
    public static readonly MemorySize LeastMemory = MemorySize.FromMebibytes(64);

    private readonly ILogger _logger;
    private readonly Func<RunDirectory> _runDirectory;
    private readonly Func<Architecture, Detection> _detect;
    private readonly ConcurrentDictionary<Architecture, Lazy<Detection>> _detections = new();
    private readonly ConcurrentDictionary<Architecture, bool> _announced = new();

    /// <summary>Creates the backend. Nothing is searched for or started yet.</summary>
    /// <param name="loggerFactory">Receives, once per architecture, which QEMU and which accelerator are used, and why.</param>
    /// <param name="qemuPath">
    /// The path of the QEMU for the host's own architecture; <see langword="null"/>: the one in <c>PATH</c>, as for the other one.
    /// </param>
    /// <param name="runDirectory">The directory for the files of running machines; <see langword="null"/>: the usual one.</param>
    public QemuBackend(ILoggerFactory? loggerFactory = null, string? qemuPath = null, string? runDirectory = null)
        : this(loggerFactory, architecture => Detection.OfThisHost(architecture, qemuPath), () => RunDirectory.OfThisProcess(runDirectory))
    {
    }

    internal QemuBackend(ILoggerFactory? loggerFactory, Func<Architecture, Detection> detect, Func<RunDirectory> runDirectory)
    {
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<QemuBackend>();
        _detect = detect;
        _runDirectory = runDirectory;
    }

    /// <inheritdoc/>
    public string Name => "QEMU";

    /// <inheritdoc/>
    public BackendSupport SupportFor(Architecture architecture) => DetectionOf(architecture).Support;

    /// <inheritdoc/>
    public bool IsAccelerated(Architecture architecture) => DetectionOf(architecture).Accelerator.IsKvm;

    /// <inheritdoc/>
    public async ValueTask<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeline);
        cancellationToken.ThrowIfCancellationRequested();

        Launch launch = Prepare(options);
        if (options.MemoryFilePath is { } memory)
        {
            MemoryFile.Ensure(memory, options.Memory);
            launch = launch with { Memory = GuestMemory.InFile(memory, shared: true) };
        }

        StartupTimeline.PhaseScope boot = timeline.Begin(StartupPhases.Boot);
        var machine = await QemuVirtualMachine.StartAsync(launch, cancellationToken).ConfigureAwait(false);
        boot.Complete();
        return machine;
    }

    private Detection DetectionOf(Architecture architecture) =>
        _detections.GetOrAdd(architecture, key => new Lazy<Detection>(() => _detect(key))).Value;

    private Launch Prepare(VirtualMachineOptions options)
    {
        Detection found = DetectionOf(options.Architecture);
        if (found.Installation is not { } installation)
            throw new HostUnsupportedException(found.Support.Reason);
        Require(options);
        if (_announced.TryAdd(options.Architecture, true))
            Announce(found.Support.Reason);

        return new Launch(
            installation, found.Accelerator, options, MachineShape.Of(installation, found.Accelerator, options), _runDirectory());
    }

    private void Announce(string how)
    {
        _logger.MachinesRunIn(how);
        if (OperatingSystem.IsLinux() && CurrentUser.Id == 0 && UnprivilegedUser.OfMachines is null)
            _logger.MachinesRunAsRoot();
    }

    private static void Require(VirtualMachineOptions options)
    {
        if (!ValidName().IsMatch(options.Name))
            throw new VirtualMachineException(
                $"'{options.Name}' can't be a machine's name: it must be 1 to 63 letters, digits and hyphens, the first no hyphen.");
        if (options.Memory < LeastMemory)
            throw new VirtualMachineException(
                $"A machine with {options.Memory} of memory can't boot: the kernel and the agent need at least {LeastMemory}.");
        if (options.Cpus < 1)
            throw new VirtualMachineException($"A machine can't have {options.Cpus} CPUs: it needs at least 1.");

        RequireFile(options.KernelPath, "kernel");
        RequireFile(options.InitramfsPath, "initramfs");
        foreach (DiskImage disk in options.RootDisk?.Chain ?? [])
            RequireDisk(disk);
    }

    private static void RequireDisk(DiskImage disk)
    {
        RequireFile(disk.Path, "root disk");
        if (disk.Format != DiskFormat.Qcow2)
            return;

        using SafeFileHandle file = File.OpenHandle(disk.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Qcow2Overlay.RequireOwn(file, disk.Path);
    }

    private static void RequireFile(string path, string role)
    {
        if (!File.Exists(path))
            throw new VirtualMachineException($"The machine's {role} {path} does not exist.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9-]{0,62}\z")]
    private static partial Regex ValidName();

    /// <summary>The QEMU and the accelerator for one architecture, and whether they can run machines.</summary>
    internal sealed record Detection(QemuInstallation? Installation, Accelerator Accelerator, BackendSupport Support)
    {
        /// <summary>Examines this host.</summary>
        /// <param name="architecture">The architecture of the guests.</param>
        /// <param name="qemuPath">
        /// The path of the QEMU for the host's own architecture; <see langword="null"/>: the one in <c>PATH</c>.
        /// </param>
        public static Detection OfThisHost(Architecture architecture, string? qemuPath = null)
        {
            string? chosen = architecture == RuntimeInformation.OSArchitecture ? qemuPath : null;
            var installation = QemuInstallation.Find(
                architecture, chosen, Environment.GetEnvironmentVariable("PATH") ?? "", out string reason);
            return Of(installation, reason, KvmSupport.Detect(architecture));
        }

        /// <summary>Combines the findings.</summary>
        public static Detection Of(QemuInstallation? installation, string reason, Accelerator accelerator) =>
            new(installation, accelerator, installation is null
                ? BackendSupport.Unsupported(reason)
                : BackendSupport.Supported($"QEMU {installation.Version}, {accelerator.Name}: {accelerator.Reason}"));
    }
}
