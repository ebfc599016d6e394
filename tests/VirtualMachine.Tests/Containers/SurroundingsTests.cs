using System.Text;
using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>The environment that engines give each container, and the parts of it that a container can't change.</summary>
public sealed class SurroundingsTests(IdleContainerFixture idle)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_files_are_there_by_which_programs_find_mounts_and_know_that_they_are_in_a_container()
    {
        Container container = await idle.GetAsync();
        Assert.Equal("/proc/mounts", await container.RunAsync("readlink /etc/mtab"));
        Assert.Contains("/dev/shm", await container.RunAsync("cat /etc/mtab"), StringComparison.Ordinal);
        Assert.Equal("755 0", await container.RunAsync("stat -c '%a %s' /.dockerenv"));
        Assert.Contains("ff02::1\tip6-allnodes", await container.RunAsync("cat /etc/hosts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_user_listens_on_low_ports_and_may_ping()
    {
        Container container = await idle.GetAsync();
        Assert.Equal("0\n0\t2147483647", await container.RunAsync(
            "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range"));
        await using Container redis = await new ContainerBuilder(TestImages.Redis).WithUser("65534").WithWorkingDirectory("/tmp")
            .WithEntrypoint("redis-server").WithCommand("--port", "80", "--save", "").WaitUntil(Wait.ForPort(80)).StartTestAsync();
        Assert.Equal(ContainerState.Running, redis.State);
    }

    [Fact]
    public async Task Sysctls_of_the_builder_win()
    {
        await using Container container = await TestRuntime.Idle.WithSysctl("net.ipv4.ip_unprivileged_port_start", "512").StartTestAsync();
        Assert.Equal("512", await container.RunAsync("cat /proc/sys/net/ipv4/ip_unprivileged_port_start"));
    }

    [Fact]
    public async Task What_is_in_run_outlives_the_process()
    {
        await using Container container = await TestRuntime.Idle.WithFile("/run/secret", "kept").StartTestAsync();
        await container.RunAsync("mkdir /run/app && echo state > /run/app/state");
        await container.StopAsync(TimeSpan.Zero, cancellationToken: Cancelled);
        Assert.Equal("state\n", Encoding.UTF8.GetString(await container.ReadFileAsync("/run/app/state", Cancelled)));
        await container.StartAsync(Cancelled);
        Assert.Equal("keptstate", await container.RunAsync("cat /run/secret /run/app/state"));
    }

    [Fact]
    public async Task A_container_has_a_limit_of_processes_unless_it_is_given_none()
    {
        Container container = await idle.GetAsync();
        Assert.Equal("2048", await container.RunAsync("cat /sys/fs/cgroup/pids.max"));
        await using Container unlimited = await TestRuntime.Idle.WithPidsLimit(int.MaxValue).StartTestAsync();
        Assert.Equal("max", await unlimited.RunAsync("cat /sys/fs/cgroup/pids.max"));
    }

    [Fact]
    public async Task Root_in_namespaces_of_its_own_lifts_none_of_the_limits()
    {
        await using Container container = await TestRuntime.Idle
            .WithMemory(MemorySize.FromMebibytes(64)).WithPidsLimit(50).StartTestAsync();
        ExecResult lifted = await container.ExecAsync(
            ["unshare", "--user", "--map-root-user", "--mount", "--cgroup", "sh", "-c",
                "mount -t cgroup2 none /mnt && for limit in memory.max pids.max cpu.max; do echo max > /mnt/$limit; done; cat "
                + "/mnt/memory.max; i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; head -c 80m /dev/zero | tail | wc -c"],
            cancellationToken: Cancelled);

        // The kernel decides whether the writes are refused. The library must ensure that they have no effect.
        ContainerStatistics statistics = await container.GetStatisticsAsync(Cancelled);
        Assert.Equal(MemorySize.FromMebibytes(64), statistics.MemoryLimit);
        Assert.InRange(statistics.Pids, 1, 50);
        Assert.True(
            statistics.MemoryPeak <= MemorySize.FromMebibytes(64), $"{statistics.MemoryPeak} of memory: {lifted.Stdout}{lifted.Stderr}");
        Assert.True(
            lifted.Stderr.Contains("fork", StringComparison.OrdinalIgnoreCase) || statistics.OutOfMemoryKills > 0,
            $"Neither limit was met: {lifted.Stdout}{lifted.Stderr}");
    }

    [Theory]
    [InlineData(1900)]
    [InlineData(2500)]
    public async Task A_tree_of_any_depth_is_copied_and_the_container_lives(int depth)
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        await container.RunAsync(
            $"mkdir /deep && cd /deep && p=$(printf 'd/%.0s' $(seq {depth / 5})) && for i in 1 2 3 4 5; "
            + "do mkdir -p $p && cd -P $p || exit 1; done; printf 'down here' > bottom");

        var archive = new MemoryStream();
        await using (Stream tar = await container.CopyTarFromAsync("/deep", cancellationToken: Cancelled))
            await tar.CopyToAsync(archive, Cancelled);
        archive.Position = 0;
        await container.CopyTarToAsync(archive, "/copied", Cancelled);

        Assert.Equal($"{depth}\ndown here", await container.RunAsync(
            "cd /copied/deep; n=0; while cd -P d 2>/dev/null; do n=$((n+1)); done; echo $n; cat bottom"));
        Assert.Equal(ContainerState.Running, container.State);
    }
}
