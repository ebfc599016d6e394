using System.Runtime.InteropServices;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.SaveRestore;

public sealed class MachineShapeTests : IDisposable
{
    private static readonly Accelerator s_tcg = new(false, "");
    private readonly string _directory = Directory.CreateTempSubdirectory("islet-shape-").FullName;

    [Fact]
    public void Of_what_is_one_machines_own_is_no_part_of_it()
    {
        VirtualMachineOptions options = Options();
        string kernelElsewhere = Write("elsewhere", "kernel");

        string shape = Of(options);

        Assert.Matches("^[0-9a-f]{64}$", shape);
        Assert.Equal(shape, Of(options with { Name = "other" }));
        Assert.Equal(shape, Of(options with { RootDisk = new DiskImage("/disk", DiskFormat.Qcow2) }));
        Assert.Equal(shape, Of(options with { MemoryFilePath = "/memory" }));
        Assert.Equal(shape, Of(options with { KernelPath = kernelElsewhere }));
    }

    [Fact]
    public void Of_what_a_saved_state_depends_on_makes_another()
    {
        VirtualMachineOptions options = Options();
        string[] shapes =
        [
            Of(options),
            Of(options with { Memory = MemorySize.FromMebibytes(511) }),
            Of(options with { Cpus = 2 }),
            Of(options with { Architecture = Architecture.Arm64 }),
            Of(options with { KernelArguments = "loglevel=7" }),
            Of(options with { KernelPath = Write("kernel2", "another") }),
            Of(options with { InitramfsPath = Write("initramfs2", "another") }),
            Of(options with { KernelPath = options.InitramfsPath, InitramfsPath = options.KernelPath }),
            MachineShape.Of(Installation("7.2.1"), s_tcg, options),
            MachineShape.Of(Installation("7.2.0"), new Accelerator(true, ""), options),
            MachineShape.Of(new QemuInstallation(Write("qemu2", "rebuilt!"), new Version("7.2.0")), s_tcg, options),
        ];

        Assert.Equal(shapes.Length, shapes.Distinct().Count());
    }

    [Fact]
    public void Of_kernel_that_was_replaced_makes_another_though_its_path_is_the_same()
    {
        VirtualMachineOptions options = Options();
        string before = Of(options);

        File.WriteAllText(options.KernelPath, "a newer kernel");

        Assert.NotEqual(before, Of(options));
    }

    [Fact]
    public void Of_kernel_is_missing_is_named()
    {
        VirtualMachineException error = Assert.Throws<VirtualMachineException>(() => Of(Options() with { KernelPath = "/nothing/here" }));

        Assert.Contains("/nothing/here", error.Message, StringComparison.Ordinal);
    }

    private string Of(VirtualMachineOptions options) => MachineShape.Of(Installation("7.2.0"), s_tcg, options);

    private QemuInstallation Installation(string version) => new(Write("qemu", "program"), new Version(version));

    private VirtualMachineOptions Options() => new()
    {
        Name = "one",
        Architecture = Architecture.X64,
        KernelPath = Write("kernel", "kernel"),
        InitramfsPath = Write("initramfs", "initramfs"),
        Memory = MemorySize.FromMebibytes(512),
        Cpus = 1,
    };

    // An existing file stays as it is, because rewriting it would change its time.
    private string Write(string name, string content)
    {
        string path = Path.Combine(_directory, name);
        if (!File.Exists(path))
            File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
