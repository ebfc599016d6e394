using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Tests;

public sealed class StandardMountsTests
{
    [Fact]
    public void Plan_mounts_what_the_runtime_specification_lists()
    {
        List<LaunchStep> steps = StandardMounts.Plan(new BootstrapRequest());

        string[] mounted = [.. steps.Where(step => step.Operation == LaunchOperation.Mount).Select(step => step.Target)];
        Assert.Equal(["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"], mounted);
        string[] nodes = [.. steps.Where(step => step.Operation == LaunchOperation.Node).Select(step => step.Target)];
        Assert.Equal(["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"], nodes);
    }

    [Fact]
    public void Plan_honours_device_nodes_nowhere_but_in_devpts()
    {
        var request = new BootstrapRequest { Mounts = { new MountSpec { Type = "tmpfs", Target = "/data", Options = { "dev" } } } };

        foreach (LaunchStep mount in StandardMounts.Plan(request).Where(step => step.Operation == LaunchOperation.Mount))
            Assert.Equal(mount.Target != "/dev/pts", ((MountFlags)mount.Flags).HasFlag(MountFlags.NoDevices));
    }

    [Fact]
    public void Plan_covers_paths_after_everything_that_they_cover()
    {
        var request = new BootstrapRequest
        {
            MaskedPaths = { "/proc/kcore" },
            ReadonlyPaths = { "/proc/sys" },
            Sysctls = { new Sysctl { Name = "net.core.somaxconn", Value = "9" } },
        };

        LaunchOperation[] last = [.. StandardMounts.Plan(request).TakeLast(3).Select(step => step.Operation)];
        Assert.Equal([LaunchOperation.Write, LaunchOperation.ReadOnly, LaunchOperation.Mask], last);
    }

    [Theory]
    [InlineData("net.core.somaxconn", "/proc/sys/net/core/somaxconn")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "/proc/sys/net/ipv4/conf/eth0.1/forwarding")]
    public void Plan_writes_sysctls_where_the_kernel_has_them(string name, string path)
    {
        var request = new BootstrapRequest { Sysctls = { new Sysctl { Name = name, Value = "1" } } };

        Assert.Contains(StandardMounts.Plan(request), step => step.Operation == LaunchOperation.Write && step.Target == path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..etc.passwd")]
    [InlineData(".x")]
    [InlineData("/x")]
    public void Plan_refuses_a_sysctl_that_would_leave_its_directory(string name)
    {
        var request = new BootstrapRequest { Sysctls = { new Sysctl { Name = name, Value = "1" } } };

        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<GrpcException>(() => StandardMounts.Plan(request)).Code);
    }

    [Fact]
    public void Plan_sets_the_flags_of_a_bind_mount_in_a_second_step()
    {
        var request = new BootstrapRequest
        {
            Mounts = { new MountSpec { Type = "bind", Source = "/a", Target = "/b",
            Options = { "ro" } } }
        };

        List<LaunchStep> steps = [.. StandardMounts.Plan(request).Where(step => step.Target == "/b")];
        Assert.Equal([LaunchOperation.Mount, LaunchOperation.Attributes], steps.Select(step => step.Operation));
        Assert.Equal((ulong)MountFlags.Bind, steps[0].Flags);
        Assert.Equal((ulong)(MountFlags.ReadOnly | MountFlags.NoDevices), steps[1].Flags);
    }
}
