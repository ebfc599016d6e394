using System.Globalization;
using System.Runtime.InteropServices;
using Islet.Agent;
using Islet.Protocol.Agent;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests.Qemu;

/// <summary>The real QEMU, kernel and agent, with the fixture's own run directory, so that anything left behind is noticed.</summary>
public sealed class QemuFixture : IDisposable
{
    private readonly Lazy<RunDirectory> _run;

    public QemuFixture()
    {
        _run = new Lazy<RunDirectory>(() => RunDirectory.Create(Parent));
        Backend = new QemuBackend(null, architecture => QemuBackend.Detection.OfThisHost(architecture), () => _run.Value);
    }

    public string Parent { get; } = Directory.CreateTempSubdirectory("islet-vm-").FullName;

    internal QemuBackend Backend { get; }

    internal string RunPath => _run.Value.Path;

    internal RunDirectory Run() => _run.Value;

    internal static string KernelPath { get; } = Path.Combine(AppContext.BaseDirectory, "islet", "x86_64", "vmlinux");

    internal static string InitramfsPath { get; } = Path.Combine(AppContext.BaseDirectory, "islet", "x86_64", "initramfs.cpio");

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Returns the options of a small machine; skips the test where it can't run.</summary>
    internal VirtualMachineOptions Options()
    {
        BackendSupport support = Backend.SupportFor(RuntimeInformation.OSArchitecture);
        Assert.SkipUnless(support.IsSupported, support.Reason);
        Assert.SkipUnless(File.Exists(KernelPath), $"There is no guest kernel at {KernelPath}; kernel/build.sh makes it.");
        Assert.SkipUnless(File.Exists(InitramfsPath), $"There is no initramfs at {InitramfsPath}; publishing src/Guest makes it.");
        return new VirtualMachineOptions
        {
            Name = "test",
            KernelPath = KernelPath,
            InitramfsPath = InitramfsPath,
            Memory = MemorySize.FromMebibytes(128),
            Cpus = 1,
        };
    }

    internal async Task<QemuVirtualMachine> StartAsync(
        VirtualMachineOptions? options = null, CancellationToken? cancellationToken = null) =>
        (QemuVirtualMachine)await Backend.StartAsync(options ?? Options(), new StartupTimeline(), cancellationToken ?? Cancellation);

    /// <summary>Asks the agent for its information.</summary>
    internal static Task<GetInfoResponse> GetInfoAsync(IGuestChannel channel) => new AgentClient(channel).GetInfoAsync(Cancellation);

    /// <summary>Returns the remains of machines: their directories, and processes that have one in their arguments.</summary>
    internal IReadOnlyList<string> Leftovers() => [.. Directory.EnumerateDirectories(RunPath), .. Machines(RunPath)];

    /// <summary>Returns the processes whose arguments contain a text.</summary>
    internal static IReadOnlyList<string> Machines(string argument)
    {
        List<string> found = [];
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out _) && CommandLineOf(process) is { } line
                && line.Contains(argument, StringComparison.Ordinal) && !line.Contains("islet-janitor", StringComparison.Ordinal))
                found.Add(line.Replace('\0', ' '));
        }

        return found;
    }

    /// <summary>Returns the process ids of machines whose arguments contain each of these texts.</summary>
    internal static List<int> MachineIds(params string[] arguments) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), out _)
                && CommandLineOf(process) is { } line
                && Array.TrueForAll(arguments, argument => line.Contains(argument, StringComparison.Ordinal)))
            .Select(process => int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture)),
    ];

    public void Dispose()
    {
        if (_run.IsValueCreated)
            _run.Value.Dispose();
        Directory.Delete(Parent, recursive: true);
    }

    internal static string? CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return null; // ended meanwhile
        }
    }
}
