using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Containers of linux/arm64 in a machine of the host's architecture, with a translator in it.</summary>
public sealed class TranslatorTests : IDisposable
{
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("islet-cache-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Delete(recursive: true);

    [Fact]
    public async Task A_translated_container_is_started_from_a_template_checkpointed_and_forked()
    {
        await using ContainerRuntime runtime = NewRuntime(prepareTemplates: true);
        await using (Container first = await Builder().StartAsync(runtime, Cancelled))
            Assert.Equal("aarch64", await first.RunAsync("uname -m"));
        await using Container container = await Builder().WithCheckpoints().StartAsync(runtime, Cancelled);
        Assert.DoesNotContain(container.Timeline.Phases, phase => phase.Name == StartupPhases.Boot);
        Assert.EndsWith("qemu-aarch64-static", container.Machine.TranslatorPath, StringComparison.Ordinal);

        await container.RunAsync("echo memory > /dev/shm/state");
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        await container.RunAsync("echo later > /dev/shm/state");
        await using Container fork = await checkpoint.ForkAsync(Cancelled);
        Assert.Equal("memory\naarch64", await fork.RunAsync("cat /dev/shm/state; uname -m"));
        await container.RollBackAsync(checkpoint, Cancelled);
        Assert.Equal("memory\naarch64", await container.RunAsync("cat /dev/shm/state; uname -m"));

        // The process has the name that it was started with, and the file system is its own image's.
        Assert.Equal("sh", await container.RunAsync("echo $0"));
        Assert.Equal("busybox", await container.RunAsync("readlink /bin/uname"));
    }

    [Fact]
    public async Task A_checkpoint_that_was_kept_remembers_the_translator()
    {
        string id;
        await using (ContainerRuntime first = NewRuntime())
        await using (Container original = await Builder().StartAsync(first, Cancelled))
        await using (Checkpoint kept = await original.CheckpointAsync("kept", Cancelled))
            id = kept.Id;

        await using ContainerRuntime second = NewRuntime();
        await using Checkpoint? found = await second.OpenCheckpointAsync(id, Cancelled);
        await using Container fork = await found!.ForkAsync(Cancelled);
        Assert.Equal("aarch64", await fork.RunAsync("uname -m"));
        Assert.NotNull(fork.Machine.TranslatorPath);
    }

    [Fact]
    public Task A_warm_start_continues_the_container_as_it_was() =>
        ForeignWarmStart.ContinuesAsync(Builder(), "aarch64", () => NewRuntime(), Cancelled);

    [Theory]
    [InlineData("arm/v7", "armv7l")]
    [InlineData("s390x", "s390x")]
    public async Task A_platform_without_machines_of_its_own_is_translated_without_being_asked_for(string architecture, string machine)
    {
        var platform = Platform.Parse("linux/" + architecture);
        await using ContainerRuntime runtime = NewRuntime(platform);
        await using Container container = await TestRuntime.Idle
            .WithImage(TestImages.BusyBox(architecture.Split('/')[0])).WithPlatform(platform).StartAsync(runtime, Cancelled);
        Assert.Equal(machine, await container.RunAsync("uname -m"));
    }

    [Fact]
    public async Task Programs_of_32_bits_for_x86_run_in_machines_for_64_as_they_are()
    {
        await using ContainerRuntime runtime = NewRuntime(Platform.Parse("linux/386"));
        await using Container container = await TestRuntime.Idle
            .WithImage(TestImages.BusyBox("386")).WithPlatform(Platform.Parse("linux/386")).StartAsync(runtime, Cancelled);
        Assert.Equal("x86_64", await container.RunAsync("uname -m"));
        Assert.Null(container.Machine.TranslatorPath);
    }

    private static ContainerBuilder Builder() => TestRuntime.Idle
        .WithImage(TestImages.BusyBox("arm64")).WithPlatform(Platform.LinuxArm64, Emulation.UserMode)
        .WithMemory(MemorySize.FromMebibytes(64));

    private ContainerRuntime NewRuntime(Platform? platform = null, bool prepareTemplates = false)
    {
        Assert.SkipWhen(Platform.Host == Platform.LinuxArm64, "The host runs programs for arm64 itself.");
        var runtime = new ContainerRuntime(
            new IsletOptions { CacheDirectory = _cache.FullName, PrepareTemplates = prepareTemplates, PooledMachines = 0 });
        BackendSupport support = platform is null
            ? runtime.SupportFor(Platform.LinuxArm64, Emulation.UserMode)
            : runtime.SupportFor(platform);
        Assert.SkipUnless(support.IsSupported, $"{support.Reason} eng/setup.sh --test installs it.");
        return runtime;
    }
}
