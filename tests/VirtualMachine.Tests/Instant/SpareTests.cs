using Islet.Containers;
using Islet.Diagnostics;
using Islet.VirtualMachine.Tests.Qemu;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Machines that wait for a container.</summary>
public sealed class SpareTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task A_start_takes_a_spare_and_another_one_is_made()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        int before = Assert.Single(Spares());

        await using Container container = await OwnCache.StartAsync(runtime);
        Assert.Equal(before, container.MachineProcessId);
        Assert.DoesNotContain(container.Timeline.Phases, phase => phase.Name is StartupPhases.Spawn or StartupPhases.Boot);
        Assert.Equal("alive", await container.RunAsync("echo alive"));

        await runtime.Templates.WhenIdleAsync();
        Assert.NotEqual(before, Assert.Single(Spares(), id => id != before));
    }

    [Fact]
    public async Task A_spare_that_was_killed_is_passed_over()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        int killed = Assert.Single(Spares());
        Assert.True(Native.Posix.Signals.Send(killed, Native.Posix.Signals.Kill));

        await using Container container = await OwnCache.StartAsync(runtime);
        Assert.NotEqual(killed, container.MachineProcessId);
        Assert.Equal("alive", await container.RunAsync("echo alive"));
    }

    [Fact]
    public async Task No_spare_is_left_when_the_runtime_is_disposed()
    {
        ContainerRuntime runtime = await RuntimeWithSpareAsync();
        Assert.Single(Spares());
        await runtime.DisposeAsync();
        Assert.Empty(Spares());
    }

    [Fact]
    public async Task A_service_provider_disposes_the_runtime_that_AddIslet_gave_it()
    {
        var services = new ServiceCollection();
        services.AddIslet(options => (options.CacheDirectory, options.Spares, options.PrepareTemplates) = (_cache.Path, 1, true));
        await using ServiceProvider provider = services.BuildServiceProvider();
        var runtime = provider.GetRequiredService<ContainerRuntime>();
        await (await OwnCache.StartAsync(runtime)).DisposeAsync();
        await runtime.Templates.WhenIdleAsync();
        Assert.Single(Spares());

        await provider.DisposeAsync();
        Assert.Empty(Spares());
    }

    private async Task<ContainerRuntime> RuntimeWithSpareAsync()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => options with { Spares = 1, PrepareTemplates = true });
        await (await OwnCache.StartAsync(runtime)).DisposeAsync();
        await runtime.Templates.WhenIdleAsync();
        return runtime;
    }

    // The machines of this test's own template: its memory's path is on the command line.
    private List<int> Spares() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), out _)
                && QemuFixture.CommandLineOf(process) is { } line
                && line.Contains(_cache.Templates, StringComparison.Ordinal) && line.Contains("guest=spare", StringComparison.Ordinal))
            .Select(process => int.Parse(Path.GetFileName(process), System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
