using System.Text;
using Islet.Images;
using Islet.Starting;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>The first start creates the ready state, and the later ones begin with it.</summary>
public sealed class WarmStartTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();
    private int _called;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task The_second_start_restores_what_the_first_one_made_also_in_another_process()
    {
        await using (Container first = await StartAsync(_cache.NewRuntime()))
        {
            Assert.Equal("made", await first.RunAsync("cat /root/schema"));
            Assert.Contains(first.Timeline.Phases, phase => phase.Name == StartupPhases.Keep);
            await first.RunAsync("echo changed > /root/schema"); // after it was kept
        }

        await using Container second = await StartAsync(_cache.NewRuntime());
        await using Container third = await StartAsync(_cache.NewRuntime());
        Assert.Equal("made", await second.RunAsync("cat /root/schema"));
        Assert.Equal("made", await third.RunAsync("cat /root/schema"));
        Assert.Contains("ready\n", second.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
        Assert.Equal(1, _called);
        Assert.NotEqual(second.ContainerHostname, third.ContainerHostname);
        Assert.Empty(_cache.Warnings);
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("command")]
    [InlineData("file")]
    [InlineData("copied directory")]
    [InlineData("callback")]
    [InlineData("user")]
    [InlineData("limit")]
    [InlineData("wait")]
    [InlineData("arguments of the wait's command")]
    [InlineData("memory")]
    public async Task Whatever_determines_the_state_makes_another_one(string difference)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_cache.Path, "copied")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "file"), "one", Cancelled);
        ContainerRuntime runtime = _cache.NewRuntime();
        ContainerBuilder builder = Builder().WithCopy(directory, "/copied");
        if (difference.StartsWith("arguments", StringComparison.Ordinal))
            builder = builder.WaitUntil(Wait.ForAll(Wait.ForCommand("sh", "-c", "true"), Wait.ForPort(80)));
        string before = await KeyAsync(runtime, builder);
        File.SetLastWriteTimeUtc(Path.Combine(directory, "file"), DateTime.UtcNow.AddDays(-1)); // a fresh checkout
        Assert.Equal(before, await KeyAsync(runtime, builder));

        if (difference == "copied directory")
            await File.WriteAllTextAsync(Path.Combine(directory, "file"), "two", Cancelled);
        ContainerBuilder other = difference switch
        {
            "environment" => builder.WithEnvironment("PASSWORD", "other"),
            "command" => builder.WithCommand("sleep", "1000"),
            "file" => builder.WithFile("/etc/extra", "x"),
            "callback" => builder.WithStartupCallback("more", (_, _) => Task.CompletedTask),
            "user" => builder.WithUser("daemon"),
            "limit" => builder.WithPidsLimit(100),
            "wait" => builder.WaitUntil(Wait.ForCommand("true")),
            "arguments of the wait's command" => builder.WaitUntil(Wait.ForAll(Wait.ForCommand("sh", "-c", "exit 0"), Wait.ForPort(80))),
            "memory" => builder.WithMemory(MemorySize.FromMebibytes(160)),
            _ => builder,
        };
        Assert.NotEqual(before, await KeyAsync(runtime, other));
    }

    [Fact]
    public async Task What_makes_no_difference_to_the_state_makes_none_to_the_key()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        string before = await KeyAsync(runtime, Builder());
        Assert.Equal(before, await KeyAsync(
            runtime, Builder().WithName("other").WithLabel("a", "b").WithStartTimeout(TimeSpan.FromMinutes(9)).WithCheckpoints()));
    }

    [Fact]
    public async Task Two_starts_at_once_make_it_once()
    {
        Container[] both = await Task.WhenAll(StartAsync(_cache.NewRuntime()), StartAsync(_cache.NewRuntime()));
        foreach (Container container in both)
        {
            Assert.Equal("made", await container.RunAsync("cat /root/schema"));
            await container.DisposeAsync();
        }

        Assert.Equal(1, _called);
        OwnCache.Single(_cache.Warm);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("state")]
    [InlineData("disk.qcow2")]
    [InlineData("container.json")]
    [InlineData("manifest.json")]
    public async Task A_damaged_one_is_an_ordinary_start_and_one_warning_and_is_made_anew(string file)
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await (await StartAsync(runtime)).DisposeAsync();
        await runtime.Engine.WhenIdleAsync();
        string path = Path.Combine(OwnCache.Single(_cache.Warm), file);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (FileStream harmed = File.OpenWrite(path))
            harmed.SetLength(harmed.Length / 2);

        await using Container second = await StartAsync(_cache.NewRuntime());
        Assert.Equal("made", await second.RunAsync("cat /root/schema"));
        Assert.Equal(2, _called);
        Assert.Single(_cache.Warnings);

        await using Container third = await StartAsync(_cache.NewRuntime());
        Assert.Equal("made", await third.RunAsync("cat /root/schema"));
        Assert.Equal(2, _called);
    }

    [Fact]
    public async Task No_secret_is_written_in_clear_beside_the_memory_and_the_disk()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await (await StartAsync(runtime)).DisposeAsync();
        await runtime.Engine.WhenIdleAsync();
        byte[] secret = Encoding.UTF8.GetBytes("hunter2");
        foreach (string file in Directory.GetFiles(Path.Combine(_cache.Path, "snapshots"), "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("hunter2", file, StringComparison.Ordinal);
            if (Path.GetFileName(file) is "memory" or "disk.qcow2")
                Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead));
            else
                Assert.Equal(-1, (await File.ReadAllBytesAsync(file, Cancelled)).AsSpan().IndexOf(secret));
        }
    }

    [Fact]
    public async Task A_cache_that_is_full_is_an_ordinary_start_and_a_warning()
    {
        using SmallDisk disk = SmallDisk.Mount(MemorySize.FromMebibytes(16));
        Directory.CreateSymbolicLink(Path.Combine(_cache.Path, "snapshots"), disk.Path);
        await using Container container = await StartAsync(_cache.NewRuntime());
        Assert.Equal("made", await container.RunAsync("cat /root/schema"));
        Assert.NotEmpty(_cache.Warnings);
    }

    [Fact]
    public async Task A_callback_that_fails_fails_the_start_and_keeps_nothing()
    {
        ContainerBuilder builder = Builder().WithStartupCallback("bad", (_, _) => throw new InvalidOperationException("no schema today"));
        ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(
            () => builder.StartAsync(_cache.NewRuntime(), Cancelled));
        Assert.Equal(ContainerStartReason.CallersCode, failure.Reason);
        Assert.Equal("no schema today", Assert.IsType<InvalidOperationException>(failure.InnerException).Message);
        Assert.DoesNotContain(Directory.GetDirectories(_cache.Warm), path => path.Length > 0);
    }

    private ContainerBuilder Builder() => TestRuntime.Idle.WithWarmStart()
        .WithEnvironment("PASSWORD", "hunter2").WithCommand("sh", "-c", "echo ready; exec sleep 1000").WaitUntil(Wait.ForLogLine("ready"))
        .WithStartupCallback("schema 1", async (container, _) =>
        {
            Interlocked.Increment(ref _called);
            await container.RunAsync("echo made > /root/schema");
        });

    private Task<Container> StartAsync(ContainerRuntime runtime) => Builder().StartAsync(runtime, Cancelled);

    private static async Task<string> KeyAsync(ContainerRuntime runtime, ContainerBuilder builder)
    {
        Image image = await runtime.Engine.Images.ResolveAsync(
            builder.Options.Image, Platform.Host, PullPolicy.Missing, null, Cancelled);
        var blueprint = ContainerBlueprint.Create(
            runtime.Engine, builder.Options, runtime.Engine.Guests.Locate(runtime.Engine.Backend, builder.Options),
            image.ManifestDigest, image.Config, ProcessSettings.From(builder.Options, image.Config), "/dev/null");
        return (await WarmKey.OfAsync(
            runtime.Engine, blueprint, [.. builder.StartupCallbacks.Select(callback => callback.Version)], Cancelled)).ToString();
    }
}
