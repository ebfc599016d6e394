using System.Text.Json.Nodes;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Checkpoints on the disk: they are found again, removed, and counted by the containers and checkpoints based on them.</summary>
public sealed class KeptCheckpointTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Fact]
    public async Task A_named_checkpoint_is_found_by_another_process_and_started_there()
    {
        ContainerRuntime first = _cache.NewRuntime();
        await using (Container container = await OwnCache.StartAsync(first, builder => builder
            .WithName("origin").WithEnvironment("COLOUR", "blue").WithWorkingDirectory("/var").WithPort(8080).WithLabel("team", "green")
            .WithCommand("sh", "-c", "echo hello; exec busybox nc -ll -p 8080 -e cat")))
        {
            await container.RunAsync("echo kept > /dev/shm/state");
            await (await container.CheckpointAsync("seeded", Cancelled)).DisposeAsync();
        }

        ContainerRuntime second = _cache.NewRuntime();
        CheckpointListing listing = Assert.Single(second.ListCheckpoints());
        Assert.Equal("seeded", listing.Name);
        Assert.True(listing.SizeOnDisk > MemorySize.FromMebibytes(5));

        await using Checkpoint? opened = await second.OpenCheckpointAsync("seeded", Cancelled);
        Assert.NotNull(opened);
        Assert.Equal("seeded", opened.Name);
        await using Container copy = await opened.ForkAsync(Cancelled);
        Assert.Equal("kept blue /var", await copy.RunAsync("echo $(cat /dev/shm/state) $COLOUR $(pwd)"));
        Assert.Equal("origin", copy.Name);
        Assert.Equal("green", copy.Labels["team"]);
        Assert.Contains("hello\n", copy.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
        Assert.NotEqual(0, copy.GetPort(8080));
        Assert.Null(await second.OpenCheckpointAsync("another", Cancelled));
    }

    [Fact]
    public async Task A_record_that_is_older_than_platforms_is_of_the_hosts_own()
    {
        ContainerRuntime first = _cache.NewRuntime();
        await using (Container container = await OwnCache.StartAsync(first))
            await (await container.CheckpointAsync("old", Cancelled)).DisposeAsync();
        string path = Path.Combine(OwnCache.Single(_cache.Checkpoints), "container.json");
        JsonObject record = JsonNode.Parse(await File.ReadAllTextAsync(path, Cancelled))!.AsObject();
        Assert.True(record.Remove("platform"));
        await File.WriteAllTextAsync(path, record.ToJsonString(), Cancelled);

        await using Checkpoint? opened = await _cache.NewRuntime().OpenCheckpointAsync("old", Cancelled);
        await using Container copy = await opened!.ForkAsync(Cancelled);
        Assert.Equal("alive", await copy.RunAsync("echo alive"));
    }

    [Fact]
    public async Task A_name_stands_for_the_newest()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await using Container container = await OwnCache.StartAsync(runtime);
        await container.RunAsync("echo 1 > /dev/shm/state");
        await (await container.CheckpointAsync("state", Cancelled)).DisposeAsync();
        await container.RunAsync("echo 2 > /dev/shm/state");
        await using Checkpoint newest = await container.CheckpointAsync("state", Cancelled);

        Assert.Equal(newest.Id, Assert.Single(runtime.ListCheckpoints(), listing => listing.Name == "state").Id);
        await using Checkpoint? opened = await runtime.OpenCheckpointAsync("state", Cancelled);
        Assert.Equal(newest.Id, opened?.Id);
        await using Container copy = await opened!.ForkAsync(Cancelled);
        Assert.Equal("2", await copy.RunAsync("cat /dev/shm/state"));
    }

    [Fact]
    public async Task What_containers_stand_on_is_not_deleted_and_a_temporary_one_goes_with_the_last()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        Container container = await OwnCache.StartAsync(runtime);
        Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        Container fork = await checkpoint.ForkAsync(Cancelled);
        await container.DisposeAsync();

        CheckpointInUseException refused = await Assert.ThrowsAsync<CheckpointInUseException>(
            () => runtime.DeleteCheckpointAsync(checkpoint.Id, Cancelled));
        Assert.Contains("a container", refused.Message, StringComparison.Ordinal);
        await checkpoint.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => checkpoint.ForkAsync(Cancelled));
        Assert.Equal("alive", await fork.RunAsync("echo alive"));
        Assert.Single(runtime.ListCheckpoints());

        await fork.DisposeAsync();
        Assert.Empty(runtime.ListCheckpoints());
        Assert.Empty(Directory.GetDirectories(_cache.Checkpoints));
    }

    [Fact]
    public async Task A_kept_checkpoint_that_is_deleted_is_gone()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await using (Container container = await OwnCache.StartAsync(runtime))
            await (await container.CheckpointAsync("kept", Cancelled)).DisposeAsync();

        await runtime.DeleteCheckpointAsync(Assert.Single(runtime.ListCheckpoints()).Id, Cancelled);
        Assert.Empty(Directory.GetDirectories(_cache.Checkpoints));
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_refused_and_its_container_is_as_it_was()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await using Container container = await OwnCache.StartAsync(runtime);
        await (await container.CheckpointAsync("state", Cancelled)).DisposeAsync();
        await runtime.Engine.WhenIdleAsync();
        using (FileStream state = Writable(Path.Combine(OwnCache.Single(_cache.Checkpoints), "state")))
            state.SetLength(state.Length / 2);

        Assert.Null(await _cache.NewRuntime().OpenCheckpointAsync("state", Cancelled));
        Assert.Single(_cache.Warnings);
        Assert.Equal("alive", await container.RunAsync("echo alive"));
    }

    [Fact]
    public async Task Memory_that_has_rotted_is_found_out_before_the_container_is_handed_over()
    {
        ContainerRuntime runtime = _cache.NewRuntime();
        await using (Container container = await OwnCache.StartAsync(runtime))
        {
            await using Checkpoint taken = await container.CheckpointAsync("state", Cancelled);
            await runtime.Engine.WhenIdleAsync(); // it is sealed
        }

        string memory = Path.Combine(OwnCache.Single(_cache.Checkpoints), "memory");
        DateTime modified = File.GetLastWriteTimeUtc(memory);
        using (FileStream file = Writable(memory))
        {
            file.Position = 30 << 20;
            file.Write(new byte[64]);
            file.Write("rot"u8);
        }

        File.SetLastWriteTimeUtc(memory, modified);
        await using Checkpoint? opened = await _cache.NewRuntime().OpenCheckpointAsync("state", Cancelled);
        ContainerStartException refused = await StartFailures.ExpectAsync(
            ContainerStartReason.Checkpoint, () => opened!.ForkAsync(Cancelled));
        Assert.Contains("damaged", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_container_without_network_has_none_when_its_checkpoint_is_opened_by_another_process(bool network)
    {
        await using (Container container = await OwnCache.StartAsync(
            _cache.NewRuntime(), builder => network ? builder : builder.WithoutNetwork()))
            await (await container.CheckpointAsync("state", Cancelled)).DisposeAsync();

        bool? seen = null;
        await using var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _cache.Path })
        {
            Engine =
            {
                JudgeOf = options =>
                {
                    seen = options.Network;
                    return null;
                },
            },
        };
        await using Checkpoint? opened = await runtime.OpenCheckpointAsync("state", Cancelled);
        await using Container fork = await opened!.ForkAsync(Cancelled);
        Assert.Equal(network, seen);
    }

    [Fact]
    public async Task A_full_disk_while_freezing_is_a_typed_error_and_the_container_runs_on()
    {
        using SmallDisk disk = SmallDisk.Mount(MemorySize.FromMebibytes(20));
        Directory.CreateSymbolicLink(Path.Combine(_cache.Path, "snapshots"), disk.Path);
        await using Container container = await OwnCache.StartAsync(_cache.NewRuntime(), builder => builder.WithPort(8080)
            .WithCommand("busybox", "nc", "-ll", "-p", "8080", "-e", "cat"));
        await container.RunAsync("dd if=/dev/urandom of=/dev/shm/fill bs=1M count=30 2>/dev/null; echo here > /root/state");

        StorageException full = await Assert.ThrowsAsync<StorageException>(() => container.CheckpointAsync(Cancelled));

        Assert.Contains("space", full.Message, StringComparison.Ordinal);
        Assert.Equal(ContainerState.Running, container.State);
        Assert.Equal("here 31457280", await container.RunAsync("echo $(cat /root/state) $(stat -c %s /dev/shm/fill)"));
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(container.Host, container.GetPort(8080), Cancelled);
        await client.GetStream().WriteAsync("x"u8.ToArray(), Cancelled);
        Assert.Equal('x', client.GetStream().ReadByte());
        Assert.DoesNotContain(Directory.GetDirectories(_cache.Checkpoints), path => path.Contains("partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cache_that_has_become_nearly_full_refuses_a_checkpoint_and_does_not_end_the_machine()
    {
        using SmallDisk disk = SmallDisk.Mount(MemorySize.FromMebibytes(200));
        Directory.CreateSymbolicLink(Path.Combine(_cache.Path, "snapshots"), disk.Path);
        ContainerRuntime runtime = _cache.NewRuntime(options => (options.PrepareTemplates, options.PrestartQemu) = (false, false));
        await using Container container = await OwnCache.StartAsync(runtime, builder => builder.WithCheckpoints());

        // The template that is made in the background takes space too.
        await runtime.Engine.Machines.WhenIdleAsync();
        await MachineHasItsMemoryAsync(disk);
        string filler = Path.Combine(disk.Path, "filler");
        await File.WriteAllBytesAsync(filler, new byte[new DriveInfo(disk.Path).AvailableFreeSpace - (12 << 20)], Cancelled);

        StorageException full = await Assert.ThrowsAsync<StorageException>(() => container.CheckpointAsync(Cancelled));
        Assert.Contains("space", full.Message, StringComparison.Ordinal);
        Assert.Equal("alive", await container.RunAsync("echo alive"));

        File.Delete(filler);
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        Assert.Equal("alive", await container.RunAsync("echo alive"));
    }

    [Fact]
    public async Task A_container_whose_machine_dies_while_it_is_frozen_says_so()
    {
        await using Container container = await OwnCache.StartAsync(_cache.NewRuntime());
        Assert.True(Native.Posix.Signals.Send(container.Machine.ProcessId, 19)); // SIGSTOP: the freeze hangs until it is killed
        Task<Checkpoint> taking = container.CheckpointAsync(Cancelled);
        Assert.True(Native.Posix.Signals.Send(container.Machine.ProcessId, Native.Posix.Signals.Kill));

        await Assert.ThrowsAnyAsync<IsletException>(() => taking);
        await Assert.ThrowsAnyAsync<IsletException>(() => container.Exited.WaitAsync(Cancelled));
        Assert.Equal(ContainerState.Stopped, container.State);
    }

    // For a second or so after its start a machine touches memory that it has not touched before.
    private static async Task MachineHasItsMemoryAsync(SmallDisk disk)
    {
        long before, now = new DriveInfo(disk.Path).AvailableFreeSpace;
        do
        {
            before = now;
            await Task.Delay(1000, Cancelled);
            now = new DriveInfo(disk.Path).AvailableFreeSpace;
        }
        while (before - now > 1 << 20);
    }

    private static FileStream Writable(string path)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
    }
}
