using System.Text.Json.Nodes;
using Islet.VirtualMachine.Tests.Qemu;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Every ordinary start except the first restores a template, and the container starts whatever happens to the template.</summary>
public sealed class TemplateTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task The_first_start_boots_and_later_ones_restore_whatever_the_containers_are()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await using (Container first = await OwnCache.StartAsync(runtime))
            Assert.False(OwnCache.WasRestored(first));
        await runtime.Engine.Machines.WhenIdleAsync();

        // None of these settings makes another shape.
        await using Container second = await OwnCache.StartAsync(runtime, builder => builder
            .WithHostname("second")
            .WithEnvironment("A", "b").WithSharedMemory(MemorySize.FromMebibytes(7)).WithPort(80).WaitUntil(Wait.ForCommand("true"))
            .WithFile("/etc/extra", "x").WithTmpfs("/scratch").WithoutNetwork());
        Assert.True(OwnCache.WasRestored(second));
        Assert.Equal("second b 7168 x", await second.RunAsync(
            "echo $(hostname) $A $(df -k /dev/shm | tail -1 | { read a b c; echo $b; }) $(cat /etc/extra)"));

        // Another process finds the template too.
        await using Container third = await OwnCache.StartAsync(_cache.NewRuntime());
        Assert.True(OwnCache.WasRestored(third));
        Assert.Empty(_cache.Warnings);
    }

    [Fact]
    public async Task Another_amount_of_memory_is_another_template()
    {
        ContainerRuntime runtime = await _cache.NewRuntimeWithTemplateAsync();
        await using Container larger = await OwnCache.StartAsync(runtime, builder => builder.WithMemory(MemorySize.FromMebibytes(192)));
        Assert.False(OwnCache.WasRestored(larger));
    }

    [Fact]
    public async Task A_template_can_be_made_before_the_first_start()
    {
        await using Container first = await OwnCache.StartAsync(_cache.NewRuntime(options => options.PrepareTemplates = true));
        Assert.True(OwnCache.WasRestored(first));
    }

    [Fact]
    public async Task Two_processes_at_once_make_one_template_and_both_containers_start()
    {
        Container[] both = await Task.WhenAll(
            OwnCache.StartAsync(_cache.NewRuntime(options => options.PrepareTemplates = true)),
            OwnCache.StartAsync(_cache.NewRuntime(options => options.PrepareTemplates = true)));
        Assert.All(both, container => Assert.True(OwnCache.WasRestored(container)));
        foreach (Container container in both)
            await container.DisposeAsync();
        Assert.Single(Directory.GetDirectories(_cache.Templates));
        Assert.Empty(_cache.Warnings);
    }

    [Fact]
    public async Task Containers_leave_the_template_as_it_is()
    {
        ContainerRuntime runtime = await _cache.NewRuntimeWithTemplateAsync();
        string memory = Path.Combine(OwnCache.Single(_cache.Templates), "memory");
        string before = await SaveRestoreFixture.HashAsync(memory);

        await using Container one = await OwnCache.StartAsync(runtime);
        await using Container two = await OwnCache.StartAsync(runtime, builder => builder.WithCheckpoints());
        await Task.WhenAll(new[] { one, two }.Select(
            container => container.RunAsync("dd if=/dev/urandom of=/dev/shm/fill bs=1M count=40 2>/dev/null; rm /dev/shm/fill")));
        await one.DisposeAsync();

        Assert.Equal(before, await SaveRestoreFixture.HashAsync(memory));
    }

    [Fact]
    public async Task A_template_that_is_deleted_while_containers_run_is_missed_by_nobody()
    {
        ContainerRuntime runtime = await _cache.NewRuntimeWithTemplateAsync();
        await using Container running = await OwnCache.StartAsync(runtime);
        Directory.Delete(Path.Combine(_cache.Path, "snapshots"), recursive: true);

        Assert.Equal("alive", await running.RunAsync("dd if=/dev/zero of=/dev/shm/fill bs=1M count=40 2>/dev/null; echo alive"));
        await using Checkpoint checkpoint = await running.CheckpointAsync(Cancelled);
        await using Container fork = await checkpoint.ForkAsync(Cancelled);
        Assert.Equal("alive", await fork.RunAsync("echo alive"));
        await using Container next = await OwnCache.StartAsync(_cache.NewRuntime());
        Assert.False(OwnCache.WasRestored(next));
    }

    [Theory]
    [InlineData("memory corrupt")]
    [InlineData("memory truncated")]
    [InlineData("memory missing")]
    [InlineData("state corrupt")]
    [InlineData("state truncated")]
    [InlineData("manifest corrupt")]
    [InlineData("foreign version")]
    [InlineData("foreign shape")]
    [InlineData("half written")]
    public async Task A_damaged_template_is_a_boot_and_one_warning_and_is_made_anew(string harm)
    {
        await _cache.NewRuntimeWithTemplateAsync();
        string template = OwnCache.Single(_cache.Templates);
        Harm(template, harm);

        ContainerRuntime runtime = _cache.NewRuntime();
        await using (Container container = await OwnCache.StartAsync(runtime))
        {
            Assert.False(OwnCache.WasRestored(container) && container.Timeline.Phases.All(phase => phase.Name != StartupPhases.Boot));
            Assert.Equal("alive", await container.RunAsync("echo alive"));
        }

        Assert.Single(_cache.Warnings);
        await runtime.Engine.Machines.WhenIdleAsync();
        await using Container next = await OwnCache.StartAsync(_cache.NewRuntime());
        Assert.True(OwnCache.WasRestored(next));
        Assert.Single(_cache.Warnings);
    }

    [Fact]
    public async Task A_cache_that_is_too_small_for_a_template_is_a_boot_and_one_warning()
    {
        using SmallDisk disk = SmallDisk.Mount(MemorySize.FromMebibytes(24));
        Directory.CreateSymbolicLink(Path.Combine(_cache.Path, "snapshots"), disk.Path);
        ContainerRuntime runtime = _cache.NewRuntime();

        await using Container container = await OwnCache.StartAsync(runtime);
        Assert.Equal("alive", await container.RunAsync("echo alive"));
        await runtime.Engine.Machines.WhenIdleAsync();
        Assert.Contains("can't be made", Assert.Single(_cache.Warnings), StringComparison.Ordinal);
    }

    private static void Harm(string template, string harm)
    {
        string memory = Path.Combine(template, "memory"), state = Path.Combine(template, "state"),
            manifest = Path.Combine(template, "manifest.json");
        switch (harm)
        {
            case "memory corrupt":
                DateTime modified = File.GetLastWriteTimeUtc(memory);
                Flip(memory, 20 << 20);
                File.SetLastWriteTimeUtc(memory, modified); // rot gives no notice
                break;
            case "memory truncated":
                using (FileStream file = File.OpenWrite(memory))
                    file.SetLength(file.Length / 2);
                break;
            case "memory missing":
                File.Delete(memory);
                break;
            case "state corrupt":
                Flip(state, 5000);
                break;
            case "state truncated":
                File.SetUnixFileMode(state, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                using (FileStream file = File.OpenWrite(state))
                    file.SetLength(file.Length / 2);
                break;
            case "manifest corrupt":
                File.WriteAllText(manifest, "{");
                break;
            case "foreign version":
                Edit(manifest, "isletVersion", "0.0.0.1");
                break;
            case "foreign shape":
                Edit(manifest, "shape", new string('0', 64));
                break;
            case "half written":
                File.Delete(state);
                File.Delete(manifest);
                break;
        }
    }

    private static void Edit(string manifest, string member, string value)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(manifest))!;
        json[member] = value;
        File.WriteAllText(manifest, json.ToJsonString());
    }

    private static void Flip(string path, long offset)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x55));
    }
}
