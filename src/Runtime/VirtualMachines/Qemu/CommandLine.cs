using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// The arguments of one machine's QEMU. They depend only on the properties of the machine, so that machines of one shape have the same
/// command line. The machine has its devices from the start, because no machine here has hot plug: see <see cref="MachineType"/>.
/// </summary>
internal sealed record CommandLine
{
    /// <summary>The descriptor of QEMU's monitor: one end of a socket pair.</summary>
    public const int MonitorDescriptor = 3;

    /// <summary>The descriptor of the socket that listens for the host's end of the agent's port.</summary>
    public const int AgentDescriptor = 4;

    /// <summary>The descriptor that the console is written to: one end of a socket pair.</summary>
    public const int ConsoleDescriptor = 5;

    /// <summary>The descriptor that a saved state is read from: one end of a socket pair.</summary>
    public const int StateDescriptor = 6;

    /// <summary>The descriptor of the machine's network card: each message of the socket is a frame.</summary>
    public const int CardDescriptor = 7;

    /// <summary>The descriptor of QEMU's user-mode network, which only this process can talk to.</summary>
    public const int OutsideDescriptor = 8;

    /// <summary>The socket whose other end only this process has. QEMU holds it and does not know it.</summary>
    public const int LifelineDescriptor = 9;

    /// <summary>The disk's device.</summary>
    public const string RootDeviceId = "root";

    /// <summary>The agent's port, as the monitor's events name it.</summary>
    public const string AgentPortId = "agent";

    /// <summary>The disk's node in QEMU's block layer.</summary>
    public const string RootNode = "root";

    /// <summary>The agent's port, as the guest finds it in <c>/sys/class/virtio-ports/*/name</c>.</summary>
    public const string AgentPortName = "islet.agent";

    /// <summary>The options of the machine.</summary>
    public required VirtualMachineOptions Machine { get; init; }

    /// <summary>The qcow2 file that is the root disk.</summary>
    public required string OverlayPath { get; init; }

    /// <summary>The accelerator that runs the guest's instructions.</summary>
    public required Accelerator Accelerator { get; init; }

    /// <summary>The architecture of the processor that QEMU runs on.</summary>
    public Architecture Host { get; init; } = RuntimeInformation.OSArchitecture;

    /// <summary>The storage of the guest's memory.</summary>
    public GuestMemory Memory { get; init; } = GuestMemory.Anonymous;

    /// <summary>Whether QEMU starts nothing, and waits for <c>migrate-incoming</c> with a saved state.</summary>
    public bool WaitsForSavedState { get; init; }

    /// <summary>Whether the machine is halted until <c>cont</c>.</summary>
    public bool StartsHalted { get; init; }

    /// <summary>Whether the machine has a placeholder disk, which is to be exchanged for the real one before it runs.</summary>
    public bool DiskAttachedLater { get; init; }

    /// <summary>The user that QEMU becomes when it has opened its files; <see langword="null"/> if it stays what it is.</summary>
    public UnprivilegedUser? User { get; init; }

    /// <summary>The version of QEMU.</summary>
    public Version Version { get; init; } = QemuInstallation.OldestSupported;

    /// <summary>The arguments, without the program.</summary>
    public IReadOnlyList<string> ToArguments()
    {
        var type = MachineType.Of(Machine.Architecture);
        List<string> arguments =
        [
            "-name", "guest=" + Option(Machine.Name),
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",

            "-M", $"{type.Machine(Accelerator)},memory-backend=ram",
            "-accel", Accelerator.IsKvm ? "kvm" : $"tcg,thread={Threads},tb-size=128",
            "-cpu", Accelerator.IsKvm ? "host" : type.EmulatedProcessor,
            "-smp", Number(Machine.Cpus),
            "-m", Number(Machine.Memory.TotalMebibytes) + "M",
            "-object", Memory.ToObject("ram", Machine.Memory.TotalMebibytes),

            "-kernel", Path.GetFullPath(Machine.KernelPath),
            "-initrd", Path.GetFullPath(Machine.InitramfsPath),
            "-append", $"{type.KernelArguments} {Machine.KernelArguments}".TrimEnd(),

            "-chardev", $"socket,id=monitor,fd={MonitorDescriptor}",
            "-mon", "chardev=monitor,mode=control",

            "-chardev", $"socket,id=console,fd={ConsoleDescriptor},mux=on",
            "-serial", "chardev:console",
            "-device", "virtio-serial-device,max_ports=2",
            "-device", "virtconsole,chardev=console",
            "-chardev", $"socket,id=agent,fd={AgentDescriptor},server=on,wait=off",
            "-device", $"virtserialport,chardev=agent,id={AgentPortId},name={AgentPortName}",

            "-blockdev", RootDisk().ToJsonString(),
            // A full disk of the host halts the machine instead of failing the guest's writes: see the monitor's BLOCK_IO_ERROR.
            "-device", $"virtio-blk-device,drive={(DiskAttachedLater ? "placeholder" : RootNode)},id={RootDeviceId},"
                + "logical_block_size=4096,physical_block_size=4096,werror=enospc,rerror=report",

            // The card and the outside are not connected here: every frame between them goes through this process, which decides.
            "-netdev", $"dgram,id=card,local.type=fd,local.str={CardDescriptor}",
            "-device", "virtio-net-device,netdev=card,id=network,guest_announce=off",
            "-netdev", "user,id=outside,ipv6=off,restrict=off",
            "-netdev", "hubport,id=outside-port,hubid=1,netdev=outside",
            "-netdev", $"dgram,id=gate,local.type=fd,local.str={OutsideDescriptor}",
            "-netdev", "hubport,id=gate-port,hubid=1,netdev=gate",
        ];
        if (OperatingSystem.IsLinux())
        {
            // Giving up root takes the calls that this would deny. Afterwards they gain nothing.
            string elevation = User is null ? "deny" : "allow";
            arguments.AddRange("-sandbox", $"on,obsolete=deny,elevateprivileges={elevation},spawn=deny,resourcecontrol=deny");
        }

        if (User is { } user)
            arguments.AddRange(RunWith(user));
        if (WaitsForSavedState)
            arguments.AddRange("-incoming", "defer");
        if (StartsHalted)
            arguments.Add("-S");
        return arguments;
    }

    // In QEMU's option lists a comma ends a value, and two commas mean one.
    internal static string Option(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>Returns the disk as a node of QEMU's block layer: for <c>-blockdev</c> and for <c>blockdev-add</c>.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="overlay">The qcow2 file that is written to, as QEMU finds it.</param>
    /// <param name="below">The files below it, if there are any.</param>
    /// <param name="nameOf">Returns the name of each file below as QEMU finds it, from the top down.</param>
    internal static JsonObject DiskNode(string name, string overlay, DiskImage? below, Func<DiskImage, string> nameOf) => new()
    {
        ["driver"] = "qcow2",
        ["node-name"] = name,
        ["file"] = ImageFile(overlay, readOnly: false),
        ["discard"] = "unmap",
        ["detect-zeroes"] = "off",
        // This disk is not needed after a crash of the host.
        ["cache"] = new JsonObject { ["no-flush"] = true },
        ["backing"] = BackingNode(below, nameOf),
    };

    // Every file below is named here, so that QEMU asks no file for the one below it.
    private static JsonObject? BackingNode(DiskImage? image, Func<DiskImage, string> nameOf)
    {
        if (image is null)
            return null;

        var node = new JsonObject
        {
            ["driver"] = Qcow2Overlay.NameOf(image.Format),
            ["read-only"] = true,
            ["file"] = ImageFile(nameOf(image), readOnly: true),
        };
        if (image.Format == DiskFormat.Qcow2)
            node["backing"] = BackingNode(image.Below, nameOf);
        return node;
    }

    // Programs for x86 rely on an order of memory accesses that only x86 keeps. Elsewhere QEMU can't promise it to processors in parallel.
    private string Threads => Machine.Architecture == Architecture.X64 && Host != Architecture.X64 ? "single" : "multi";

    private JsonObject RootDisk() => DiskAttachedLater
        ? DiskNode("placeholder", OverlayPath, null, PathOf)
        : DiskNode(RootNode, OverlayPath, Machine.RootDisk, PathOf);

    private static string PathOf(DiskImage image) => Path.GetFullPath(image.Path);

    private string[] RunWith(UnprivilegedUser user)
    {
        string ids = string.Create(CultureInfo.InvariantCulture, $"{user.UserId}:{user.GroupId}");
        return Version >= new Version(9, 1) ? ["-run-with", "user=" + ids] : ["-runas", ids];
    }

    private static JsonObject ImageFile(string path, bool readOnly) => new()
    {
        ["driver"] = "file",
        ["filename"] = path,
        ["read-only"] = readOnly,
        ["discard"] = "unmap",
        ["cache"] = new JsonObject { ["no-flush"] = true },
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
