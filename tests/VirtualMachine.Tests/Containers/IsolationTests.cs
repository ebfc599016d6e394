using System.Security.Cryptography;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Targets that a container must not reach, tried from inside by its root.</summary>
public sealed class IsolationTests(IdleContainerFixture idle)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_standard_mounts_are_those_of_the_runtime_specification()
    {
        string mounts = await ShellAsync("awk '{print $5, $(NF-2)}' /proc/self/mountinfo");
        string[] lines = mounts.Split('\n');
        foreach (string expected in new[]
        {
            "/proc proc", "/dev tmpfs", "/dev/pts devpts", "/dev/shm tmpfs", "/dev/mqueue mqueue", "/sys sysfs", "/sys/fs/cgroup cgroup2",
        })
            Assert.Contains(expected, lines);
        Assert.Equal("ok", await ShellAsync(
            "for n in null zero full random urandom tty; do test -c /dev/$n || echo no $n; done;"
            + "test \"$(readlink /dev/fd)\" = /proc/self/fd && test \"$(readlink /dev/ptmx)\" = pts/ptmx && echo ok"));
    }

    [Fact]
    public async Task Masked_and_read_only_paths_are_so()
    {
        Assert.Equal("", await ShellAsync("cat /proc/kcore /proc/keys 2>/dev/null | head -c 10"));
        Assert.Contains(
            "Read-only", await ShellAsync(
                "echo 1 2>&1 > /proc/sys/vm/overcommit_memory || true; (echo 1 > /proc/sys/vm/overcommit_memory) 2>&1 || true"),
            StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Read-only", await ShellAsync("mkdir /sys/fs/cgroup/x 2>&1 || true"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_container_sees_its_own_processes_only()
    {
        Assert.Equal("sleep infinity", await ShellAsync("tr '\\0' ' ' < /proc/1/cmdline | sed 's/ $//'"));
        Assert.DoesNotContain("islet", await ShellAsync("cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", await ShellAsync("ls /proc/1/root/init 2>/dev/null || true"));
    }

    [Fact]
    public async Task Nothing_of_the_agent_listens_where_the_container_could_connect()
    {
        Assert.Equal("", await ShellAsync("tail -q -n +2 /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 | head"));
        Assert.Equal("", await ShellAsync("awk 'NR>1 && $8' /proc/net/unix"));
    }

    [Fact]
    public async Task A_device_node_made_inside_opens_nothing()
    {
        string script =
            "for d in $(ls /sys/class/virtio-ports 2>/dev/null) vda; do dev=$(cat /sys/class/*/$d/dev | head -1); "
            + "t=c; test $d = vda && t=b; for p in / /dev /tmp /dev/shm /run; do rm -f $p/n; mknod $p/n $t ${dev%:*} ${dev#*:} 2>/dev/null "
            + "|| continue; (exec 3<$p/n) 2>/dev/null && echo opened $p $d; rm -f $p/n; done; done; echo tried";
        Assert.Equal("tried", await ShellAsync(script));
    }

    [Fact]
    public async Task What_a_container_writes_never_reaches_the_images_disk()
    {
        string cache = Path.Combine(TestRuntime.Instance.Options.CacheDirectory, "rootfs");
        await using Container container = await TestRuntime.Idle.StartTestAsync();
        Dictionary<string, string> before = HashesOf(cache);
        Assert.NotEmpty(before);
        await container.ExecAsync(
            ["sh", "-c", "echo changed > /etc/passwd; rm -rf /usr/share; dd if=/dev/zero of=/big bs=1M count=8; sync"],
            cancellationToken: Cancelled);
        await container.StopAsync(TimeSpan.Zero, cancellationToken: Cancelled);
        Assert.Equal(before, HashesOf(cache));
    }

    [Fact]
    public async Task Two_containers_of_one_image_share_nothing()
    {
        Container first = await idle.GetAsync();
        await using Container second = await TestRuntime.Idle.StartTestAsync();
        await first.ExecAsync(["sh", "-c", "echo mine > /tmp/only-here"], cancellationToken: Cancelled);
        ExecResult seen = await second.ExecAsync(["cat", "/tmp/only-here"], cancellationToken: Cancelled);
        Assert.NotEqual(0, seen.ExitCode);

        string[] ids = await Task.WhenAll(new[] { first, second }.Select(async container =>
            (await container.ExecAsync(
                ["sh", "-c", "cat /etc/machine-id; hostname; cat /sys/class/net/eth0/address; head -c 16 /dev/urandom | od -An -tx1"],
                cancellationToken: Cancelled)).Stdout));
        Assert.Empty(
            ids[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Intersect(ids[1].Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    private static Dictionary<string, string> HashesOf(string directory) => Directory.EnumerateFiles(directory, "*.ext4")
        .ToDictionary(path => path, path =>
        {
            using FileStream file = File.OpenRead(path);
            return HashAllocated(file);
        });

    // The files are sparse and 16 GiB long: the first half GiB holds all data that was ever written.
    private static string HashAllocated(FileStream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (int block = 0; block < 512 && file.Read(buffer) is > 0 and int count; block++)
            hash.AppendData(buffer, 0, count);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private async Task<string> ShellAsync(string script)
    {
        Container container = await idle.GetAsync();
        ExecResult result = await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled);
        return result.Stdout.TrimEnd('\n');
    }
}
