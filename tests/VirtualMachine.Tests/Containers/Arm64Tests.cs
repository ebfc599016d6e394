using System.Net.Sockets;
using System.Text;
using Islet.Testing.Support;
using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>
/// Containers of linux/arm64, from a registry with an image for two platforms. On x86-64 their machines' processor is emulated.
/// </summary>
public sealed class Arm64Tests : IAsyncLifetime
{
    private const string HowToGetIt = "eng/setup.sh --arm64 installs and builds what it takes.";
    private const string Repository = "team/tools";
    private const int Port = 8080;

    private static readonly Platform s_arm64 = Platform.LinuxArm64;
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("islet-cache-");
    private DockerRegistry? _registry;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        BackendSupport support = TestRuntime.Instance.SupportFor(s_arm64, Emulation.System);
        Assert.SkipUnless(support.IsSupported, $"{support.Reason} {HowToGetIt}");
        Assert.SkipUnless(DockerRegistry.IsInstalled, DockerRegistry.SkipReason);
        OciImage debian = LayoutImage.Read(TestImages.Layout("debian")), busybox = LayoutImage.Read(TestImages.Layout("busybox_arm64"));
        _registry = await DockerRegistry.StartAsync(cancellationToken: Cancelled);
        await _registry.PushIndexAsync([debian, busybox], Repository, "1", Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
            await _registry.DisposeAsync();
        _cache.Delete(recursive: true);
    }

    [Fact]
    public async Task A_container_goes_from_the_pull_to_a_checkpoint_a_fork_and_a_roll_back()
    {
        await using ContainerRuntime runtime = NewRuntime();
        await using Container original = await Builder().WithCheckpoints().WithCpus(2).StartAsync(runtime, Cancelled);
        Assert.Equal("aarch64\n2", await original.RunAsync("uname -m; nproc"));
        if (Platform.Host != s_arm64)
            Assert.Equal("TCG", original.Machine.Accelerator);
        await original.RunAsync("echo disk > /root/state; echo memory > /dev/shm/state");

        await using Checkpoint checkpoint = await original.CheckpointAsync(Cancelled);
        await original.RunAsync("echo later > /root/state; echo later > /dev/shm/state");
        await using Container fork = await checkpoint.ForkAsync(Cancelled);

        Assert.Equal("later\nlater", await StateAsync(original));
        Assert.Equal("disk\nmemory\naarch64", await StateAsync(fork) + "\n" + await fork.RunAsync("uname -m"));
        await original.RollBackAsync(checkpoint, Cancelled);
        Assert.Equal("disk\nmemory", await StateAsync(original));
        await using Container nextFork = await fork.ForkAsync(Cancelled);
        Assert.Equal("disk\nmemory", await StateAsync(nextFork));
    }

    [Fact]
    public async Task A_checkpoint_that_was_kept_is_forked_by_another_runtime()
    {
        string id;
        await using (ContainerRuntime first = NewRuntime())
        await using (Container original = await Builder().StartAsync(first, Cancelled))
        {
            await original.RunAsync("echo disk > /root/state; echo memory > /dev/shm/state");
            await using Checkpoint kept = await original.CheckpointAsync("kept", Cancelled);
            id = kept.Id;
        }

        await using ContainerRuntime second = NewRuntime();
        await using Checkpoint? found = await second.OpenCheckpointAsync(id, Cancelled);
        await using Container fork = await found!.ForkAsync(Cancelled);
        Assert.Equal("disk\nmemory\naarch64", await StateAsync(fork) + "\n" + await fork.RunAsync("uname -m"));
    }

    [Fact]
    public Task A_warm_start_continues_the_container_as_it_was() =>
        ForeignWarmStart.ContinuesAsync(Builder(), "aarch64", () => NewRuntime(), Cancelled);

    [Fact]
    public async Task A_start_takes_a_template_and_then_a_pooled_machine()
    {
        await using ContainerRuntime runtime = NewRuntime(options => (options.PrepareTemplates, options.PooledMachines) = (true, 1));
        await using Container fromTemplate = await Builder().StartAsync(runtime, Cancelled);
        Assert.Contains(fromTemplate.Timeline.Phases, phase => phase.Name == StartupPhases.Load);
        Assert.DoesNotContain(fromTemplate.Timeline.Phases, phase => phase.Name == StartupPhases.Boot);

        await runtime.Engine.Machines.WhenIdleAsync();
        await using Container pooled = await Builder().StartAsync(runtime, Cancelled);
        Assert.DoesNotContain(pooled.Timeline.Phases, phase => phase.Name is StartupPhases.Spawn or StartupPhases.Boot);
        Assert.Equal("aarch64", await pooled.RunAsync("uname -m"));

        // The same description for the other platform is another machine.
        if (!runtime.SupportFor(Platform.LinuxAmd64).IsSupported)
            return;
        await using Container other = await Builder().WithPlatform(Platform.LinuxAmd64).StartAsync(runtime, Cancelled);
        Assert.Equal("x86_64", await other.RunAsync("uname -m"));
    }

    [Fact]
    public async Task A_published_port_a_denied_system_call_and_a_stop_work_as_on_any_architecture()
    {
        await using ContainerRuntime runtime = NewRuntime();
        await using Container container = await Builder()
            .WithCommand("sh", "-c", $"trap 'exit 7' TERM; nc -ll -p {Port} -e cat & wait")
            .WithPort(Port).WithSeccomp(new SeccompProfile(["mkdirat", "open"])).WaitUntil(Wait.ForPort(Port))
            .StartAsync(runtime, Cancelled);

        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", container.GetPort(Port), Cancelled);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync("hello"u8.ToArray(), Cancelled);
        byte[] answer = new byte[5];
        await stream.ReadExactlyAsync(answer, Cancelled);
        Assert.Equal("hello", Encoding.ASCII.GetString(answer));

        ExecResult denied = await container.ExecAsync(["mkdir", "/root/new"], cancellationToken: Cancelled);
        Assert.Contains("Operation not permitted", denied.Stderr, StringComparison.Ordinal);
        await container.StopAsync(cancellationToken: Cancelled);
        Assert.Equal(7, container.ExitCode);
    }

    private ContainerBuilder Builder() => TestRuntime.Idle
        .WithImage($"{_registry!.Address}/{Repository}:1").WithPlatform(s_arm64, Emulation.System).WithMemory(MemorySize.FromMebibytes(64));

    private ContainerRuntime NewRuntime(Action<IsletOptions>? configure = null)
    {
        var options = new IsletOptions { CacheDirectory = _cache.FullName };
        configure?.Invoke(options);
        return new ContainerRuntime(options);
    }

    private static Task<string> StateAsync(Container container) => container.RunAsync("cat /root/state /dev/shm/state");
}
