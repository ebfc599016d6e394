using Islet.VirtualMachine.Tests.Qemu;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Machines that wait for a container.</summary>
public sealed class PoolTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task A_start_takes_a_spare_and_another_one_is_made()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        int before = Assert.Single(Pooled());

        await using Container container = await OwnCache.StartAsync(runtime);
        Assert.Equal(before, container.Machine.ProcessId);
        Assert.DoesNotContain(container.Timeline.Phases, phase => phase.Name is StartupPhases.Spawn or StartupPhases.Boot);
        Assert.Equal("alive", await container.RunAsync("echo alive"));

        await runtime.Engine.Machines.WhenIdleAsync();
        Assert.NotEqual(before, Assert.Single(Pooled(), id => id != before));
    }

    [Fact]
    public async Task A_spare_that_rehearsed_with_one_image_runs_another_as_if_it_had_not()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        int pooled = Assert.Single(Pooled());
        const string Look = "ls -A / /etc /run /tmp | sort; cut -d' ' -f1-4 /proc/mounts; cat /etc/hosts /etc/resolv.conf; "
            + "ls /proc | grep -E '^[0-9]+$'; cat /proc/net/route; dmesg 2>/dev/null | grep -c error";

        await using Container container = await StartRedisAsync(runtime);
        Assert.Equal(pooled, container.Machine.ProcessId);
        await using ContainerRuntime plain = _cache.NewRuntime();
        await using Container expected = await StartRedisAsync(plain);

        Assert.NotEqual(expected.ContainerHostname, container.ContainerHostname);
        string asFirst = (await container.RunAsync(Look)).Replace(container.ContainerHostname, "NAME", StringComparison.Ordinal);
        Assert.Equal((await expected.RunAsync(Look)).Replace(expected.ContainerHostname, "NAME", StringComparison.Ordinal), asFirst);
    }

    [Fact]
    public async Task Pooled_machines_that_rehearsed_draw_different_random_bytes()
    {
        const string Draw = "cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | od -An -tx1; cat /etc/machine-id";
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        List<string> drawn = [];
        for (int round = 0; round < 4; round++)
        {
            await using Container container = await OwnCache.StartAsync(runtime);
            drawn.AddRange((await container.RunAsync(Draw)).Split('\n'));
            await runtime.Engine.Machines.WhenIdleAsync();
        }

        Assert.Equal(drawn.Count, drawn.Distinct().Count());
    }

    [Fact]
    public async Task A_spare_that_was_killed_is_passed_over()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        int killed = Assert.Single(Pooled());
        Assert.True(Native.Posix.Signals.Send(killed, Native.Posix.Signals.Kill));

        await using Container container = await OwnCache.StartAsync(runtime);
        Assert.NotEqual(killed, container.Machine.ProcessId);
        Assert.Equal("alive", await container.RunAsync("echo alive"));
    }

    [Fact]
    public async Task No_spare_is_left_when_the_runtime_is_disposed()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        Assert.Single(Pooled());
        await runtime.DisposeAsync();
        Assert.Empty(Pooled());
    }

    [Fact]
    public async Task A_service_provider_disposes_the_runtime_that_AddIslet_gave_it()
    {
        var services = new ServiceCollection();
        services.AddIslet(options => (options.CacheDirectory, options.PooledMachines, options.PrepareTemplates) = (_cache.Path, 1, true));
        await using ServiceProvider provider = services.BuildServiceProvider();
        var runtime = provider.GetRequiredService<ContainerRuntime>();
        await (await OwnCache.StartAsync(runtime)).DisposeAsync();
        await runtime.Engine.Machines.WhenIdleAsync();
        Assert.Single(Pooled());

        await provider.DisposeAsync();
        Assert.Empty(Pooled());
    }

    private async Task<ContainerRuntime> RuntimeWithSpareAsync()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => (options.PooledMachines, options.PrepareTemplates) = (1, true));
        await (await OwnCache.StartAsync(runtime)).DisposeAsync();
        await runtime.Engine.Machines.WhenIdleAsync();
        return runtime;
    }

    private static Task<Container> StartRedisAsync(ContainerRuntime runtime) => new ContainerBuilder(TestImages.Redis)
        .WithEntrypoint("sleep", "infinity")
        .WithMemory(MemorySize.FromMebibytes(128)).StartAsync(runtime, TestContext.Current.CancellationToken);

    // The machines restored from this test's own template: the path of its memory is on the command line.
    private List<int> Pooled() => QemuFixture.MachineIds(_cache.Templates, "guest=pooled");
}
