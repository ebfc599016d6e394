namespace Islet.VirtualMachine.Tests.Containers;

public sealed class ResourceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_that_takes_more_memory_than_it_may_is_reported_as_out_of_memory()
    {
        await using Container container = await TestRuntime.Idle.WithMemory(MemorySize.FromMebibytes(64))
            .WithCommand("sh", "-c", "x=0123456789; while :; do x=$x$x; done").StartTestAsync();
        ProcessExit exit = await container.Exited.WaitAsync(Cancelled);
        Assert.True(exit.OutOfMemory, exit.ToString());
        Assert.Equal(137, exit.ExitCode);
        Assert.Equal(1, (await container.GetStatisticsAsync(Cancelled)).OutOfMemoryKills);
    }

    [Fact]
    public async Task What_the_builder_was_told_takes_effect_inside()
    {
        await using Container container = await TestRuntime.Idle
            .WithCpus(2).WithPidsLimit(20).WithSharedMemory(MemorySize.FromMebibytes(32))
            .WithTmpfs("/scratch", MemorySize.FromMebibytes(8), (UnixFileMode)0b111_000_000)
            .WithResourceLimit("nofile", 123, 456).WithSysctl("net.core.somaxconn", "777")
            .WithWorkingDirectory("/made/on/the/way").WithUser("app").WithAdditionalGroups("4242").WithCpuLimit(0.5)
            .StartTestAsync();
        Assert.Equal("2", await ShellAsync(container, "nproc"));
        Assert.Equal("32768", await ShellAsync(container, "df -k /dev/shm | awk 'NR==2{print $2}'"));
        Assert.Equal("8192", await ShellAsync(container, "df -k /scratch | awk 'NR==2{print $2}'"));
        Assert.Equal("700", await ShellAsync(container, "stat -c %a /scratch"));
        Assert.Equal("123 456", await ShellAsync(container, "echo $(ulimit -Sn) $(ulimit -Hn)"));
        Assert.Equal("777", await ShellAsync(container, "cat /proc/sys/net/core/somaxconn"));
        Assert.Equal("/made/on/the/way", await ShellAsync(container, "pwd"));
        Assert.Equal("1000", await ShellAsync(container, "id -u"));
        Assert.Contains("4242", (await ShellAsync(container, "id -G")).Split(' '));
        Assert.Equal("20", await ShellAsync(container, "cat /sys/fs/cgroup/pids.max"));
        Assert.Equal("50000 100000", await ShellAsync(container, "cat /sys/fs/cgroup/cpu.max"));
    }

    [Fact]
    public async Task What_is_deleted_inside_is_given_back_to_the_host()
    {
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        long before = Allocated(container);
        await ShellAsync(container, "dd if=/dev/urandom of=/big bs=1M count=32 2>/dev/null; sync");
        Assert.True(Allocated(container) - before >= 32 << 20);

        await ShellAsync(container, "rm /big; sync");
        while (Allocated(container) - before > 4 << 20)
            await Task.Delay(100, Cancelled);
    }

    [Fact]
    public async Task A_fork_bomb_stops_at_the_pids_limit()
    {
        await using Container container = await TestRuntime.Idle.WithPidsLimit(16).StartTestAsync();
        string output = await ShellAsync(container, "for i in $(seq 40); do sleep 30 & done 2>&1; pgrep sleep | wc -l", allowFailure: true);
        Assert.DoesNotContain("40", output.Split('\n'));
        Assert.Equal(ContainerState.Running, container.State);
    }

    [Fact]
    public async Task A_read_only_root_cannot_be_written_except_where_a_tmpfs_is()
    {
        await using Container container = await TestRuntime.Idle
            .WithReadOnlyRoot().WithTmpfs("/scratch").WithFile("/etc/before", "there").StartTestAsync();
        Assert.Equal("there", await ShellAsync(container, "cat /etc/before"));
        Assert.Contains("Read-only", await ShellAsync(container, "touch /etc/after 2>&1", allowFailure: true), StringComparison.Ordinal);
        Assert.Equal("", await ShellAsync(container, "touch /scratch/file"));
    }

    [Fact]
    public async Task Capabilities_are_dockers_unless_told_otherwise()
    {
        await using Container standard = await TestRuntime.Idle.StartTestAsync();
        Assert.Equal("00000000a80425fb", await CapabilitiesAsync(standard));
        Assert.Contains(
            "permi", await ShellAsync(standard, "busybox mount -t tmpfs t /tmp 2>&1 || true"), StringComparison.OrdinalIgnoreCase);

        await using Container changed = await TestRuntime.Idle
            .WithoutCapabilities("ALL").WithCapabilities("NET_ADMIN").WithNoNewPrivileges().StartTestAsync();
        Assert.Equal("0000000000001000", await CapabilitiesAsync(changed));
        Assert.Equal("1", await ShellAsync(changed, "awk '/NoNewPrivs/{print $2}' /proc/self/status"));
    }

    [Fact]
    public async Task A_user_other_than_root_has_no_effective_capabilities()
    {
        await using Container container = await TestRuntime.Idle.WithUser("app").StartTestAsync();
        Assert.Equal("0000000000000000", await CapabilitiesAsync(container));
    }

    [Fact]
    public async Task A_seccomp_profile_refuses_its_calls()
    {
        await using Container container = await TestRuntime.Idle
            .WithPrivileged().WithSeccomp(new SeccompProfile(["sethostname", "no_such_call"])).StartTestAsync();
        Assert.Equal("2", await ShellAsync(container, "awk '/^Seccomp:/{print $2}' /proc/self/status"));
        Assert.Contains("must be root", await ShellAsync(container, "hostname other 2>&1 || true"), StringComparison.Ordinal);
        Assert.NotEqual("other", await ShellAsync(container, "hostname"));

        // Privileged removes the seccomp profile, so it was the profile that refused the call.
        ExecResult privileged = await container.ExecAsync(["hostname", "other"], new ExecOptions { Privileged = true }, Cancelled);
        Assert.Equal(0, privileged.ExitCode);
        Assert.Equal("other", await ShellAsync(container, "hostname"));
    }

    private static Task<string> CapabilitiesAsync(Container container) =>
        ShellAsync(container, "awk '/CapEff/{print $2}' /proc/self/status");

    private static long Allocated(Container container) =>
        Native.Posix.PosixStatus.Of(container.Core.Machine.DiskPath, followLink: false).Allocated;

    private static async Task<string> ShellAsync(Container container, string script, bool allowFailure = false)
    {
        ExecResult result = await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled);
        Assert.True(allowFailure || result.ExitCode == 0, $"{script}: {result.Stderr}");
        return result.Stdout.TrimEnd('\n');
    }
}
