using System.Diagnostics;

namespace Islet.Aspire.Tests;

/// <summary>Saved states: commands, warm starts, persistent containers. Each test has its own cache.</summary>
public sealed class InstantTests : IDisposable
{
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("islet-aspire-");

    public void Dispose() => _cache.Delete(recursive: true);

    [Fact]
    public async Task A_roll_back_undoes_what_came_after_the_checkpoint_and_a_fork_is_a_resource_of_its_own()
    {
        IDistributedApplicationBuilder builder = CreateBuilder();
        AddRedis(builder);
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitUntilHealthyAsync("cache");
        Assert.Equal(ResourceCommandState.Disabled, StateOf(app, MicroVmCommands.RollBack));
        Assert.False((await app.CommandAsync("cache", MicroVmCommands.RollBack)).Success);

        await RedisClient.SetAsync(app, "cache", "before");
        Assert.True((await app.CommandAsync("cache", MicroVmCommands.Checkpoint)).Success);
        Assert.Equal(ResourceCommandState.Enabled, StateOf(app, MicroVmCommands.RollBack));
        await RedisClient.SetAsync(app, "cache", "after");
        Assert.True((await app.CommandAsync("cache", MicroVmCommands.Fork)).Success);
        Assert.True((await app.CommandAsync("cache", MicroVmCommands.RollBack)).Success);
        Assert.Equal("before", await RedisClient.GetAsync(app, "cache"));

        CustomResourceSnapshot fork = await app.WaitForStateAsync("cache-fork-1", KnownResourceStates.Running);
        string url = Assert.Single(fork.Urls).Url;
        Assert.Equal("after", await RedisClient.GetAsync(new Uri(url).Authority));
        Assert.True((await app.CommandAsync("cache-fork-1", KnownResourceCommands.StopCommand)).Success);
        await app.WaitForStateAsync("cache-fork-1", KnownResourceStates.Exited);
        Assert.Equal("Running", app.Snapshot("cache").State?.Text);
    }

    [Fact]
    public async Task A_warm_start_restores_the_server_as_it_was_when_it_was_healthy_first()
    {
        string phases = await RunWarmAsync(expected: null, set: "later");
        Assert.Contains("keep", phases, StringComparison.Ordinal);

        phases = await RunWarmAsync(expected: null, set: "later");
        Assert.Contains("renew", phases, StringComparison.Ordinal);
        Assert.DoesNotContain("process", phases, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_persistent_container_is_in_the_next_run_what_it_was_at_the_end_of_the_last()
    {
        Assert.DoesNotContain(
            await RunPersistentAsync(expected: null, set: "kept"), line => line.Contains("is restored", StringComparison.Ordinal));
        Assert.Contains(
            await RunPersistentAsync(expected: "kept", set: "kept again"), line => line.Contains("is restored", StringComparison.Ordinal));
        Assert.Contains(
            await RunPersistentAsync(expected: "kept again", set: "x"), line => line.Contains("is restored", StringComparison.Ordinal));

        // With another description it is another container.
        await RunPersistentAsync(expected: null, set: "y", redis => redis.WithEnvironment("OTHER", "1"));
    }

    [Fact]
    public async Task A_container_that_lives_as_long_as_a_process_is_another_one_with_another_process()
    {
#pragma warning disable ASPIREPERSISTENCE001 // experimental so far
        await RunPersistentAsync(expected: null, set: "kept", redis => redis.WithParentProcessLifetime(Environment.ProcessId));
        await RunPersistentAsync(expected: "kept", set: "kept", redis => redis.WithParentProcessLifetime(Environment.ProcessId));
        using Process other = Process.Start("/bin/sleep", "infinity");
        try
        {
            await RunPersistentAsync(expected: null, set: "x", redis => redis.WithParentProcessLifetime(other.Id));
        }
        finally
        {
            other.Kill();
        }
#pragma warning restore ASPIREPERSISTENCE001
    }

    private async Task<string> RunWarmAsync(string? expected, string set)
    {
        IDistributedApplicationBuilder builder = CreateBuilder();
        AddRedis(builder).WithWarmStart();
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitUntilHealthyAsync("cache");
        Assert.Equal(expected, await RedisClient.GetAsync(app, "cache"));
        await RedisClient.SetAsync(app, "cache", set);
        return app.Property("cache", "microvm.boot")!;
    }

    private async Task<IReadOnlyList<string>> RunPersistentAsync(
        string? expected, string set, Action<IResourceBuilder<RedisResource>>? change = null)
    {
        IDistributedApplicationBuilder builder = CreateBuilder();
        IResourceBuilder<RedisResource> redis = AddRedis(builder).WithLifetime(ContainerLifetime.Persistent);
        change?.Invoke(redis);
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitUntilHealthyAsync("cache");
        Assert.Equal(expected, await RedisClient.GetAsync(app, "cache"));
        await RedisClient.SetAsync(app, "cache", set);
        return await app.LogAsync("cache");
    }

    private IDistributedApplicationBuilder CreateBuilder()
    {
        IDistributedApplicationBuilder builder = TestApplication.CreateBuilder();
        builder.Configuration["Islet:CacheDirectory"] = _cache.FullName;
        return builder;
    }

    private static IResourceBuilder<RedisResource> AddRedis(IDistributedApplicationBuilder builder) =>
        builder.AddRedis("cache", password: builder.AddParameter("password", RedisClient.Password, secret: true))
            .RunAsMicroVm(vm => vm.Memory = MemorySize.FromMebibytes(128));

    private static ResourceCommandState StateOf(TestApplication app, string command) =>
        app.Snapshot("cache").Commands.Single(snapshot => snapshot.Name == command).State;
}
