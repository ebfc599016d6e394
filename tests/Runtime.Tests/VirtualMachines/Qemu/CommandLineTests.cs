using System.Runtime.InteropServices;
using System.Text.Json;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class CommandLineTests
{
    private static readonly Accelerator s_tcg = new(false, "");
    private static readonly Accelerator s_kvm = new(true, "");

    private static readonly string s_devicesOfBoth =
        """
        -chardev socket,id=monitor,fd=3 -mon chardev=monitor,mode=control
        -chardev socket,id=console,fd=5,mux=on -serial chardev:console
        -device virtio-serial-device,max_ports=2 -device virtconsole,chardev=console
        -chardev socket,id=agent,fd=4,server=on,wait=off -device virtserialport,chardev=agent,id=agent,name=islet.agent
        -blockdev DISK
        -device virtio-blk-device,drive=root,id=root,logical_block_size=4096,physical_block_size=4096,werror=enospc,rerror=report
        -netdev dgram,id=card,local.type=fd,local.str=7 -device virtio-net-device,netdev=card,id=network,guest_announce=off
        -netdev user,id=outside,ipv6=off,restrict=off -netdev hubport,id=outside-port,hubid=1,netdev=outside
        -netdev dgram,id=gate,local.type=fd,local.str=8 -netdev hubport,id=gate-port,hubid=1,netdev=gate
        -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
        """.ReplaceLineEndings(" ").Replace(
            "DISK",
            """
            {"driver":"qcow2","node-name":"root","file":{"driver":"file","filename":"/tmp/islet-0/1/1/root.qcow2","read-only":false,
            "discard":"unmap","cache":{"no-flush":true}},"discard":"unmap","detect-zeroes":"off","cache":{"no-flush":true},
            "backing":{"driver":"raw","read-only":true,"file":{"driver":"file","filename":"/images/redis.ext4","read-only":true,
            "discard":"unmap","cache":{"no-flush":true}}}}
            """.ReplaceLineEndings(""), StringComparison.Ordinal);

    [Fact]
    public void ToArguments_machine_has_its_size_kernel_and_name()
    {
        IReadOnlyList<string> arguments = Build(Options() with { Memory = MemorySize.FromMebibytes(300), Cpus = 2 });

        Assert.Equal("300M", ValueOf(arguments, "-m"));
        Assert.Equal("2", ValueOf(arguments, "-smp"));
        Assert.Equal("/k/vmlinux", ValueOf(arguments, "-kernel"));
        Assert.Equal("/k/initramfs.cpio", ValueOf(arguments, "-initrd"));
        Assert.Equal("guest=redis-1", ValueOf(arguments, "-name"));
        Assert.Contains("memory-backend-memfd,id=ram,size=300M,share=on", arguments);
    }

    [Fact]
    public void ToArguments_same_shape_gives_the_same_arguments() => Assert.Equal(Build(Options()), Build(Options()));

    // Machines that were saved by an earlier version have this command line in their shape.
    [Fact]
    public void ToArguments_x86_64_is_a_microvm_with_these_arguments() => Assert.Equal(
        """
        -name guest=redis-1 -nodefaults -no-user-config -no-reboot -display none
        -M microvm,x-option-roms=off,isa-serial=on,rtc=on,pit=on,pic=on,acpi=off,memory-backend=ram
        -accel tcg,thread=multi,tb-size=128 -cpu max -smp 1 -m 512M -object memory-backend-memfd,id=ram,size=512M,share=on
        -kernel /k/vmlinux -initrd /k/initramfs.cpio
        -append quiet earlycon=uart8250,io,0x3f8 console=hvc0 reboot=t panic=-1 no_timer_check random.trust_cpu=on tsc=reliable
        """.ReplaceLineEndings(" ") + " " + s_devicesOfBoth, string.Join(' ', Build(Options())));

    [Fact]
    public void ToArguments_arm64_is_a_virt_machine_with_the_same_devices() => Assert.Equal(
        """
        -name guest=redis-1 -nodefaults -no-user-config -no-reboot -display none
        -M virt,gic-version=3,its=off,memory-backend=ram
        -accel tcg,thread=multi,tb-size=128 -cpu max,pauth=off,sve=off,sme=off -smp 1 -m 512M
        -object memory-backend-memfd,id=ram,size=512M,share=on -kernel /k/vmlinux -initrd /k/initramfs.cpio
        -append quiet earlycon=pl011,0x9000000 console=hvc0 panic=-1 random.trust_cpu=on
        """.ReplaceLineEndings(" ") + " " + s_devicesOfBoth, string.Join(' ', Build(Options() with { Architecture = Architecture.Arm64 })));

    [Fact]
    public void ToArguments_arm64_with_kvm_has_the_interrupt_controller_and_the_processor_of_the_host()
    {
        IReadOnlyList<string> arguments = Build(Options() with { Architecture = Architecture.Arm64 }, s_kvm);

        Assert.Equal("virt,gic-version=host,its=off,memory-backend=ram", ValueOf(arguments, "-M"));
        Assert.Equal("host", ValueOf(arguments, "-cpu"));
    }

    [Theory]
    [InlineData(Architecture.X64, Architecture.X64, "multi")]
    [InlineData(Architecture.Arm64, Architecture.Arm64, "multi")]
    [InlineData(Architecture.Arm64, Architecture.X64, "multi")]
    [InlineData(Architecture.X64, Architecture.Arm64, "single")]
    public void ToArguments_processors_run_in_parallel_where_the_host_keeps_the_guests_order_of_memory(
        Architecture guest, Architecture host, string threads) => Assert.Equal(
            $"tcg,thread={threads},tb-size=128",
            ValueOf((Line(Options() with { Architecture = guest }) with { Host = host }).ToArguments(), "-accel"));

    [Fact]
    public void ToArguments_other_architectures_have_no_machines() => Assert.Contains(
        "S390x",
        Assert.Throws<VirtualMachineException>(() => Build(Options() with { Architecture = Architecture.S390x })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void ToArguments_tcg_has_the_timers_without_which_the_guest_hangs()
    {
        string machine = ValueOf(Build(Options()), "-M");

        Assert.Contains("pit=on,pic=on", machine, StringComparison.Ordinal);
        Assert.Equal("tcg,thread=multi,tb-size=128", ValueOf(Build(Options()), "-accel"));
        Assert.Equal("max", ValueOf(Build(Options()), "-cpu"));
    }

    [Fact]
    public void ToArguments_kvm_passes_the_hosts_processor_through()
    {
        IReadOnlyList<string> arguments = Build(Options(), s_kvm);

        Assert.Equal("kvm", ValueOf(arguments, "-accel"));
        Assert.Equal("host", ValueOf(arguments, "-cpu"));
    }

    [Fact]
    public void ToArguments_sandbox_denies_what_a_broken_out_guest_would_need() =>
        Assert.Equal("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", ValueOf(Build(Options()), "-sandbox"));

    [Theory]
    [InlineData("7.2.22", "-runas", "65534:65533")]
    [InlineData("9.0.4", "-runas", "65534:65533")]
    [InlineData("9.1.0", "-run-with", "user=65534:65533")]
    [InlineData("10.0", "-run-with", "user=65534:65533")]
    public void ToArguments_as_root_it_becomes_another_user_and_the_sandbox_lets_it(string version, string option, string value)
    {
        IReadOnlyList<string> arguments =
            (Line(Options()) with { User = new UnprivilegedUser("nobody", 65534, 65533), Version = new Version(version) }).ToArguments();

        Assert.Equal(value, ValueOf(arguments, option));
        Assert.Equal("on,obsolete=deny,elevateprivileges=allow,spawn=deny,resourcecontrol=deny", ValueOf(arguments, "-sandbox"));
    }

    [Fact]
    public void ToArguments_card_has_no_way_out_of_its_own()
    {
        IReadOnlyList<string> arguments = Build(Options());
        string[] backends = [.. arguments.Where((_, index) => index > 0 && arguments[index - 1] == "-netdev")];

        // The peer of the card is a socket, and the device that shares a hub with the user network is a socket too.
        Assert.Equal("dgram,id=card,local.type=fd,local.str=7", Assert.Single(
            backends, backend => backend.Contains("id=card", StringComparison.Ordinal)));
        Assert.Equal("virtio-net-device,netdev=card,id=network,guest_announce=off", Assert.Single(
            arguments, argument => argument.StartsWith("virtio-net", StringComparison.Ordinal)));
        Assert.Equal(
            ["hubport,id=outside-port,hubid=1,netdev=outside", "hubport,id=gate-port,hubid=1,netdev=gate"],
            backends.Where(backend => backend.StartsWith("hubport", StringComparison.Ordinal)));
    }

    [Fact]
    public void ToArguments_callers_kernel_arguments_come_last()
    {
        string append = ValueOf(Build(Options() with { KernelArguments = "loglevel=7" }), "-append");

        Assert.StartsWith("quiet ", append, StringComparison.Ordinal);
        Assert.EndsWith(" loglevel=7", append, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/images/a,b=c.ext4")]
    [InlineData("/images/\"quoted\"\\\n.ext4")]
    [InlineData("/images/nbd:host:1,readonly=off")]
    public void ToArguments_strange_disk_path_is_one_json_string(string path)
    {
        using JsonDocument disk = JsonDocument.Parse(ValueOf(Build(Options() with { RootDisk = new DiskImage(path) }), "-blockdev"));
        JsonElement backing = disk.RootElement.GetProperty("backing");

        Assert.Equal(path, backing.GetProperty("file").GetProperty("filename").GetString());
        Assert.Equal("raw", backing.GetProperty("driver").GetString());
        Assert.True(backing.GetProperty("read-only").GetBoolean());
        Assert.True(backing.GetProperty("file").GetProperty("read-only").GetBoolean());
    }

    // A qcow2 file names the file below it too, but a machine that its guest has taken over may have written that name.
    [Fact]
    public void ToArguments_names_every_file_below_the_overlay()
    {
        var disk = new DiskImage(
            "/cache/second", DiskFormat.Qcow2, new DiskImage("/cache/first", DiskFormat.Qcow2, new DiskImage("/images/redis.ext4")));
        using JsonDocument root = JsonDocument.Parse(ValueOf(Build(Options() with { RootDisk = disk }), "-blockdev"));

        JsonElement second = root.RootElement.GetProperty("backing"), first = second.GetProperty("backing"),
            image = first.GetProperty("backing");
        Assert.Equal(
            ["/cache/second qcow2", "/cache/first qcow2", "/images/redis.ext4 raw"],
            new[] { second, first, image }.Select(
                node => $"{node.GetProperty("file").GetProperty("filename")} {node.GetProperty("driver")}"));
        Assert.False(image.TryGetProperty("backing", out _));
    }

    [Fact]
    public void ToArguments_a_saved_disk_of_no_image_has_nothing_below_it()
    {
        using JsonDocument root = JsonDocument.Parse(
            ValueOf(Build(Options() with { RootDisk = new DiskImage("/cache/disk", DiskFormat.Qcow2) }), "-blockdev"));

        Assert.Equal(JsonValueKind.Null, root.RootElement.GetProperty("backing").GetProperty("backing").ValueKind);
    }

    [Fact]
    public void ToArguments_without_a_root_disk_nothing_lies_below_the_overlay()
    {
        using JsonDocument disk = JsonDocument.Parse(ValueOf(Build(Options() with { RootDisk = null }), "-blockdev"));

        Assert.Equal(JsonValueKind.Null, disk.RootElement.GetProperty("backing").ValueKind);
    }

    [Theory]
    [InlineData("-kernel.img", "-kernel")]
    [InlineData("-initramfs", "-initrd")]
    public void ToArguments_path_that_looks_like_an_option_becomes_absolute(string path, string option)
    {
        IReadOnlyList<string> arguments = Build(Options() with { KernelPath = path, InitramfsPath = path });

        Assert.StartsWith("/", ValueOf(arguments, option), StringComparison.Ordinal);
    }

    [Fact]
    public void ToArguments_memory_file_with_a_comma_has_it_doubled()
    {
        CommandLine line = Line(Options()) with { Memory = GuestMemory.InFile("/templates/a,b", shared: false) };

        Assert.Contains("memory-backend-file,id=ram,size=512M,mem-path=/templates/a,,b,share=off", line.ToArguments());
    }

    [Fact]
    public void ToArguments_only_a_machine_that_waits_for_its_state_is_told_to()
    {
        Assert.DoesNotContain("-incoming", Build(Options()));
        Assert.Equal("defer", ValueOf((Line(Options()) with { WaitsForSavedState = true }).ToArguments(), "-incoming"));
    }

    private static VirtualMachineOptions Options() => new()
    {
        Architecture = Architecture.X64,
        Name = "redis-1",
        KernelPath = "/k/vmlinux",
        InitramfsPath = "/k/initramfs.cpio",
        Memory = MemorySize.FromMebibytes(512),
        Cpus = 1,
        RootDisk = new DiskImage("/images/redis.ext4"),
    };

    private static CommandLine Line(VirtualMachineOptions options, Accelerator? accelerator = null) =>
        new() { Machine = options, OverlayPath = "/tmp/islet-0/1/1/root.qcow2", Accelerator = accelerator ?? s_tcg };

    private static IReadOnlyList<string> Build(VirtualMachineOptions options, Accelerator? accelerator = null) =>
        Line(options, accelerator).ToArguments();

    private static string ValueOf(IReadOnlyList<string> arguments, string option) =>
        arguments.SkipWhile(argument => argument != option).ElementAt(1);
}
