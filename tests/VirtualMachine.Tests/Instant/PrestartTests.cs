using Islet.Diagnostics;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Machines whose program is started before there is a container for them.</summary>
public sealed class PrestartTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task The_second_start_of_an_image_finds_its_machine_spawned()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => options.PrepareTemplates = true);
        await using Container first = await StartAsync(runtime);
        await runtime.Engine.WhenIdleAsync();
        int spawned = Assert.Single(Waiting());

        await using Container second = await StartAsync(runtime);
        Assert.Equal(spawned, second.Machine.ProcessId);
        Assert.Equal(StartKinds.Template, StartKinds.Of(second.Timeline.Phases));
        Assert.Equal("alive", await second.RunAsync("echo alive"));
        Assert.NotEqual(first.ContainerHostname, second.ContainerHostname);
    }

    [Fact]
    public async Task Forks_after_the_first_find_theirs_spawned_and_none_is_left_without_their_checkpoint()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => options.PrepareTemplates = true);
        await using Container container = await StartAsync(runtime, builder => builder.WithCheckpoints());
        await container.RunAsync("echo kept > /kept");
        List<int> used = [];
        await using (Checkpoint checkpoint = await container.CheckpointAsync(Cancelled))
        {
            for (int round = 0; round < 3; round++)
            {
                await runtime.Engine.WhenIdleAsync();
                int spawned = Assert.Single(Waiting());
                await using Container fork = await checkpoint.ForkAsync(Cancelled);
                Assert.Equal(spawned, fork.Machine.ProcessId);
                Assert.Equal("kept", await fork.RunAsync("cat /kept"));
                used.Add(spawned);
            }

            await runtime.Engine.WhenIdleAsync();
            int next = Assert.Single(Waiting());
            await container.RollBackAsync(checkpoint, Cancelled);
            Assert.Equal(next, container.Machine.ProcessId);
        }

        Assert.Equal(3, used.Distinct().Count());
        await runtime.Engine.WhenIdleAsync();
        Assert.Single(Waiting(), id => id != container.Machine.ProcessId);
        await container.DisposeAsync();
        while (Waiting().Count > 0)
            await Task.Delay(100, Cancelled);
    }

    [Fact]
    public async Task One_that_was_killed_is_passed_over()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => options.PrepareTemplates = true);
        await using Container first = await StartAsync(runtime);
        await runtime.Engine.WhenIdleAsync();
        int killed = Assert.Single(Waiting());
        Assert.True(Native.Posix.Signals.Send(killed, Native.Posix.Signals.Kill));

        await using Container second = await StartAsync(runtime);
        Assert.NotEqual(killed, second.Machine.ProcessId);
        Assert.Equal("alive", await second.RunAsync("echo alive"));
    }

    [Fact]
    public async Task None_is_left_when_the_runtime_is_disposed_and_none_is_there_when_nobody_wants_any()
    {
        ContainerRuntime runtime = _cache.NewRuntime(options => options.PrepareTemplates = true);
        await using (await StartAsync(runtime))
            await runtime.Engine.WhenIdleAsync();
        Assert.Single(Waiting());
        await runtime.DisposeAsync();
        Assert.Empty(Waiting());

        ContainerRuntime plain = _cache.NewRuntime(options => options.PrestartQemu = false);
        await using (await StartAsync(plain))
            await plain.Engine.WhenIdleAsync();
        Assert.Empty(Waiting());
    }

    private static Task<Container> StartAsync(ContainerRuntime runtime, Func<ContainerBuilder, ContainerBuilder>? configure = null) =>
        (configure ?? (static builder => builder))(
            new ContainerBuilder(TestImages.Redis).WithEntrypoint("sleep", "infinity").WithMemory(MemorySize.FromMebibytes(128)))
        .StartAsync(runtime, Cancelled);

    // The machines with a memory file in this test's own cache.
    private List<int> Waiting() => QemuFixture.MachineIds(_cache.Path, "guest=next");
}
