using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>
/// The parts of the container's tree that do not come from its image. First the list of the OCI runtime specification for Linux ("Default
/// Filesystems", "Default Devices"), with Docker's options, then the additions of the request.
/// </summary>
/// <remarks>
/// <para>Nothing that the container can write to honours device nodes (nodev, the image's disk included): it may have CAP_MKNOD, and the
/// agent's own port is a device of this machine. The few nodes it gets are bound one by one.</para>
/// <para>/run is the image's own, on the container's disk, as with Docker: its content outlives the process.</para>
/// </remarks>
internal static class StandardMounts
{
    private const MountFlags NoSuidExecDev = MountFlags.NoSetUserId | MountFlags.NoExecute | MountFlags.NoDevices;
    private const ulong DefaultShmBytes = 64 << 20;

    private static readonly string[] s_nodes = ["null", "zero", "full", "random", "urandom", "tty"];

    /// <summary>Returns the steps that precede the readiness of the container's first process.</summary>
    public static List<LaunchStep> Plan(BootstrapRequest request)
    {
        var steps = new List<LaunchStep>(40);
        ulong shm = request.ShmBytes == 0 ? DefaultShmBytes : request.ShmBytes;
        steps.Add(Mount("proc", "/proc", NoSuidExecDev));
        steps.Add(
            Mount("tmpfs", "/dev", MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.StrictAccessTimes, "mode=755,size=65536k"));
        AddDevices(steps);
        steps.Add(Mount("devpts", "/dev/pts", MountFlags.NoSetUserId | MountFlags.NoExecute, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
        steps.Add(Mount("tmpfs", "/dev/shm", NoSuidExecDev, $"mode=1777,size={shm}"));
        steps.Add(Mount("mqueue", "/dev/mqueue", NoSuidExecDev));
        steps.Add(Mount("sysfs", "/sys", NoSuidExecDev | MountFlags.ReadOnly));
        steps.Add(Mount("cgroup2", "/sys/fs/cgroup", NoSuidExecDev | MountFlags.ReadOnly));

        foreach (MountSpec mount in request.Mounts)
            AddRequested(steps, mount);
        foreach (Sysctl sysctl in request.Sysctls)
            steps.Add(new LaunchStep(LaunchOperation.Write, PathOf(sysctl.Name)) { Data = sysctl.Value });

        // Last, because they cover paths that earlier mounts have made.
        foreach (string path in request.ReadonlyPaths)
            steps.Add(new LaunchStep(LaunchOperation.ReadOnly, Absolute(path)));
        foreach (string path in request.MaskedPaths)
            steps.Add(new LaunchStep(LaunchOperation.Mask, Absolute(path)));
        return steps;
    }

    /// <summary>Returns the path, which must be absolute.</summary>
    /// <exception cref="GrpcException">The path is not absolute.</exception>
    public static string Absolute(string path) =>
        path.StartsWith('/') ? path : throw new GrpcException(StatusCode.InvalidArgument, $"\"{path}\" is not an absolute path");

    private static LaunchStep Mount(string type, string target, MountFlags flags, string? data = null) =>
        new(LaunchOperation.Mount, target) { Source = type, Type = type, Flags = (ulong)flags, Data = data };

    private static void AddDevices(List<LaunchStep> steps)
    {
        foreach (string node in s_nodes)
            steps.Add(new LaunchStep(LaunchOperation.Node, "/dev/" + node) { Source = "dev/" + node });
        steps.Add(Link("/dev/ptmx", "pts/ptmx"));
        steps.Add(Link("/dev/fd", "/proc/self/fd"));
        steps.Add(Link("/dev/stdin", "/proc/self/fd/0"));
        steps.Add(Link("/dev/stdout", "/proc/self/fd/1"));
        steps.Add(Link("/dev/stderr", "/proc/self/fd/2"));

        // As in runc, only where the kernel has it. It is masked without privileges.
        if (File.Exists("/proc/kcore"))
            steps.Add(Link("/dev/core", "/proc/kcore"));
    }

    private static LaunchStep Link(string path, string target) => new(LaunchOperation.Symlink, path) { Source = target };

    private static void AddRequested(List<LaunchStep> steps, MountSpec mount)
    {
        MountOptions options = MountOptions.Parse(mount.Options);
        string target = Absolute(mount.Target);
        bool isBind = mount.Type == "bind" || options.Flags.HasFlag(MountFlags.Bind);
        steps.Add(new LaunchStep(LaunchOperation.Mount, target)
        {
            Source = mount.Source.Length > 0 ? mount.Source : mount.Type,
            Type = isBind ? null : mount.Type,
            Flags = (ulong)(isBind ? options.Flags & MountFlags.Recursive | MountFlags.Bind : options.Flags),
            Data = options.Data.Length > 0 ? options.Data : null,
        });

        // mount(2) sets the other flags of a bind mount only in a second call.
        if (isBind)
            steps.Add(new LaunchStep(LaunchOperation.Attributes, target) { Flags = options.AttributeFlags });
    }

    /// <summary>
    /// Returns the path of a setting by the rule of sysctl(8): dots separate, and a slash stands for a dot within a name.
    /// </summary>
    private static string PathOf(string name)
    {
        if (name.Length == 0 || name.Contains("..", StringComparison.Ordinal) || name.StartsWith('.') || name.StartsWith('/'))
            throw new GrpcException(StatusCode.InvalidArgument, $"\"{name}\" is not the name of a sysctl");
        return string.Create(name.Length + 10, name, static (path, name) =>
        {
            "/proc/sys/".CopyTo(path);
            for (int i = 0; i < name.Length; i++)
                path[i + 10] = name[i] switch { '.' => '/', '/' => '.', char c => c };
        });
    }
}
