using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Islet.Description;
using Islet.Files;
using Islet.Images;
using Islet.Networking.Outbound;
using Islet.Protocol.Agent;
using Islet.VirtualMachines;

namespace Islet.Starting;

/// <summary>The requests that turn a running machine into a running container.</summary>
internal static class Bootstrap
{
    // podman's default. A container that forks without end stays within its machine anyway, but the machine should stay usable.
    private const int DefaultPids = 2048;

    // The OCI runtime specification leaves these paths to the runtime; these are Docker's.
    private static readonly string[] s_maskedPaths =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    private static readonly string[] s_readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static BootstrapRequest Create(ContainerBlueprint blueprint, ContainerIdentity identity, bool start) =>
        Create(blueprint.Options, blueprint.Memory, blueprint.Process, identity, start, ImageVolumes.Paths(blueprint.ImageConfig.Volumes));

    private static BootstrapRequest Create(
        ContainerOptions options, MemorySize memory, ProcessSettings process, ContainerIdentity identity, bool start,
        IReadOnlyList<string> volumes)
    {
        var request = new BootstrapRequest
        {
            Entropy = NewEntropy(),
            ClockUnixNanoseconds = UnixNanoseconds(DateTimeOffset.UtcNow),
            MachineId = identity.MachineId,
            Network = CreateNetwork(options, identity.Hostname, identity.Mac),
            Root = new Root { Device = "/dev/vda", Filesystem = "ext4", ReadOnly = options.ReadOnlyRoot },
            Resources = new Resources
            {
                MemoryBytes = (ulong)memory.Bytes,
                Pids = (uint)(options.PidsLimit ?? DefaultPids),
                Cpus = options.CpuLimit ?? 0,
            },
            ShmBytes = (ulong)(options.SharedMemory ?? MemorySize.FromMebibytes(64)).Bytes,
            Process = process.ToSpec(ProcessSettings.ContainerProcessId, options),
            Start = start,
        };
        if (!options.Privileged)
        {
            request.MaskedPaths.Add(s_maskedPaths);
            request.ReadonlyPaths.Add(s_readOnlyPaths);
        }

        // A separate mount stays writable when the root is made read-only, with the image's content and owner.
        if (options.ReadOnlyRoot)
            request.Mounts.Add(volumes.Except(options.Tmpfs.Select(mount => mount.Path)).Select(BindOnItself));
        foreach (TmpfsMount mount in options.Tmpfs)
            request.Mounts.Add(CreateTmpfs(mount));
        foreach ((string name, string value) in options.Sysctls)
            request.Sysctls.Add(new Sysctl { Name = name, Value = value });
        return request;
    }

    /// <summary>
    /// Returns the request to a machine that is to be a template. It sets up the parts that most containers of its kind share, so that the
    /// agent need not do so again.
    /// </summary>
    public static BootstrapRequest Prepare(VirtualMachineOptions machine) => new()
    {
        Network = CreateNetwork(new ContainerOptions { Image = ImageReference.Parse("none") }, hostname: "", mac: ""),
        Resources = new Resources { MemoryBytes = (ulong)ContainerMemory(machine).Bytes, Pids = DefaultPids },
    };

    /// <summary>
    /// Returns the request with which a pooled machine rehearses: an ordinary one, except that its program is in no image, so that it
    /// fails at the very last step.
    /// </summary>
    public static BootstrapRequest Rehearse(VirtualMachineOptions machine)
    {
        var options = new ContainerOptions { Image = ImageReference.Parse("none"), Command = ["/.islet/rehearsal"] };
        ProcessSettings process = ProcessSettings.From(options, new ImageConfig { Platform = Platform.Host });
        return Create(options, ContainerMemory(machine), process, ContainerIdentity.Create(null), start: true, volumes: []);
    }

    public static long UnixNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static Protocol.Agent.Network CreateNetwork(ContainerOptions options, string hostname, string mac)
    {
        var network = new Protocol.Agent.Network { Hostname = hostname };
        var link = new Link
        {
            Name = "eth0",
            Mac = mac,
            Address = string.Create(CultureInfo.InvariantCulture, $"{UserNetwork.Guest}/{UserNetwork.PrefixLength}"),
        };
        network.Links.Add(link);
        network.BlockedAddresses.Add(UserNetwork.Refused);
        network.DroppedAddresses.Add(UserNetwork.Denied);
        if (options.Network)
        {
            link.Gateway = UserNetwork.Gateway;
            network.Nameservers.Add(UserNetwork.Nameserver);
            network.SearchDomains.Add(HostSearchDomains.SearchDomains());
        }

        // The guest writes the container's own line.
        foreach ((string name, string address) in options.ExtraHosts)
            network.Hosts.Add(new HostEntry { Address = address, Names = { name } });
        foreach ((HostPortBinding binding, string address) in HostPortBinding.WithAddresses(options.HostPorts))
        {
            network.HostPorts.Add(new HostPort { Address = address, Port = (uint)binding.Port });
            if (network.Hosts.All(entry => entry.Address != address))
                network.Hosts.Add(new HostEntry { Address = address, Names = { binding.Name } });
        }

        return network;
    }

    private static MemorySize ContainerMemory(VirtualMachineOptions machine) =>
        MemorySize.FromBytes(machine.Memory.Bytes - ContainerBlueprint.Overhead.Bytes);

    public static ByteString NewEntropy() => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(64));

    private static MountSpec BindOnItself(string path) => new() { Type = "bind", Source = path, Target = path };

    private static MountSpec CreateTmpfs(TmpfsMount mount)
    {
        var spec = new MountSpec { Type = "tmpfs", Source = "tmpfs", Target = mount.Path };
        spec.Options.Add(["nosuid", "nodev", "noexec"]);
        if (mount.Size is { } size)
            spec.Options.Add(string.Create(CultureInfo.InvariantCulture, $"size={size.Bytes}"));
        spec.Options.Add("mode=" + Convert.ToString((int)(mount.Mode ?? (UnixFileMode)0x3FF), 8));
        return spec;
    }
}
