using Islet.Native.Posix;
using Islet.Snapshots;

namespace Islet.Tests.Snapshots;

/// <summary>A store returns the same data that was put into it.</summary>
public sealed class SnapshotStoreTests : IDisposable
{
    private readonly SnapshotWorkshop _workshop = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task TryOpen_nothing_was_made_returns_null() =>
        Assert.Null(await _workshop.Store.TryOpenAsync(SnapshotWorkshop.NewName(), Cancellation));

    [Fact]
    public async Task TryOpen_gives_back_what_was_completed()
    {
        SnapshotName name = SnapshotWorkshop.NewName(SnapshotKind.Warm);
        using (SnapshotDraft draft = await _workshop.Store.BeginAsync(name, Cancellation))
        {
            SnapshotWorkshop.Fill(draft, disk: true);
            var description = new SnapshotDescription
            {
                Shape = "cpus=1",
                Metadata = new Dictionary<string, string> { ["hostname"] = "db" },
            };
            using SnapshotLease made = await draft.CompleteAsync(description, seal: false, Cancellation);
            Assert.Equal(name, made.Name);
        }

        using SnapshotLease? lease = await _workshop.NewStore().TryOpenAsync(name, Cancellation);

        Assert.NotNull(lease);
        Assert.Equal(("cpus=1", "db"), (lease.Manifest.Shape, lease.Manifest.Metadata["hostname"]));
        Assert.Equal(8 << 20, new FileInfo(lease.MemoryPath).Length);
        Assert.Equal(SnapshotWorkshop.Noise(20_000), await File.ReadAllBytesAsync(lease.StatePath, Cancellation));
        Assert.Equal(SnapshotWorkshop.Noise(50_000), await File.ReadAllBytesAsync(lease.DiskPath!, Cancellation));
        Assert.True(await lease.VerifyContentAsync(Cancellation));
        Assert.Equal([name.Key.ToString()], _workshop.Entries());
    }

    [Fact]
    public async Task A_published_snapshot_is_for_its_owner_only_and_its_small_files_are_read_only()
    {
        SnapshotName name = await _workshop.MakeAsync(disk: true);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_workshop.PathOf(name)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_workshop.PathOf(name, "memory")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(_workshop.PathOf(name, "state")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(_workshop.PathOf(name, "disk.qcow2")));
    }

    [Fact]
    public async Task Dispose_of_a_draft_that_was_not_completed_leaves_nothing()
    {
        using (SnapshotDraft draft = await _workshop.Store.BeginAsync(SnapshotWorkshop.NewName(), Cancellation))
        {
            SnapshotWorkshop.Fill(draft);
            Assert.Single(_workshop.Entries());
        }

        Assert.Empty(_workshop.Entries());
    }

    [Fact]
    public async Task Complete_without_the_state_says_what_is_missing()
    {
        using SnapshotDraft draft = await _workshop.Store.BeginAsync(SnapshotWorkshop.NewName(), Cancellation);
        await File.WriteAllTextAsync(draft.MemoryPath, "memory", Cancellation);

        SnapshotException error = await Assert.ThrowsAsync<SnapshotException>(
            () => draft.CompleteAsync(new SnapshotDescription { Shape = "" }, seal: false, Cancellation));
        Assert.Contains(draft.StatePath, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_drafts_of_one_name_the_first_wins_and_the_second_is_discarded()
    {
        SnapshotName name = SnapshotWorkshop.NewName();
        using SnapshotDraft first = await _workshop.Store.BeginAsync(name, Cancellation);
        using SnapshotDraft second = await _workshop.NewStore().BeginAsync(name, Cancellation);
        SnapshotWorkshop.Fill(first);
        SnapshotWorkshop.Fill(second);

        using SnapshotLease winner = await second.CompleteAsync(new SnapshotDescription { Shape = "second" }, seal: false, Cancellation);
        using SnapshotLease loser = await first.CompleteAsync(new SnapshotDescription { Shape = "first" }, seal: false, Cancellation);

        Assert.Equal(("second", winner.Manifest.Id), (loser.Manifest.Shape, loser.Manifest.Id));
        Assert.Single(_workshop.Entries());
    }

    [Fact]
    public async Task List_tells_names_and_sizes()
    {
        SnapshotName one = await _workshop.MakeAsync(), two = await _workshop.MakeAsync(SnapshotWorkshop.NewName(SnapshotKind.Template));

        IReadOnlyList<SnapshotListing> list = _workshop.NewStore().List();

        Assert.Equal(new HashSet<SnapshotName> { one, two }, list.Select(entry => entry.Manifest.Name).ToHashSet());
        Assert.All(list, entry => Assert.InRange(entry.Allocated, 300_000, 2 << 20));
    }

    [Fact]
    public async Task A_snapshot_deleted_while_it_is_used_stays_usable_through_what_is_open()
    {
        SnapshotName name = await _workshop.MakeAsync();
        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(name, Cancellation);
        using FileStream memory = File.OpenRead(lease!.MemoryPath);
        Directory.Delete(_workshop.PathOf(name), recursive: true);

        byte[] content = new byte[300_000];
        memory.Position = 1 << 20;
        memory.ReadExactly(content);
        Assert.Equal(SnapshotWorkshop.Noise(300_000), content);
        Assert.Null(await _workshop.Store.TryOpenAsync(name, Cancellation));
    }

    [Fact]
    public async Task A_builder_keeps_others_out_until_it_is_done()
    {
        SnapshotName name = SnapshotWorkshop.NewName();
        SnapshotStore other = _workshop.NewStore();
        IDisposable builder = _workshop.Store.TryAcquireBuildLock(name)!;
        Assert.NotNull(builder);
        Assert.Null(other.TryAcquireBuildLock(name));
        Task waiting = other.WaitForBuildAsync(name, Cancellation);
        Assert.False(waiting.IsCompleted);

        builder.Dispose();
        await waiting;

        using IDisposable? next = other.TryAcquireBuildLock(name);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Two_stores_that_build_at_once_build_once()
    {
        SnapshotName name = SnapshotWorkshop.NewName();
        int built = 0;
        async Task StartAsync(SnapshotStore store)
        {
            using IDisposable builder = await store.AcquireBuildLockAsync(name, Cancellation);
            using SnapshotLease? there = await store.TryOpenAsync(name, Cancellation);
            if (there is not null)
                return;

            built++;
            await _workshop.MakeAsync(name, store: store);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartAsync(_workshop.NewStore()), Cancellation)));

        Assert.Equal(1, built);
    }

    [Fact]
    public void The_store_measures_what_is_allocated_and_not_the_length()
    {
        string path = Path.Combine(_workshop.Cache, "sparse");
        using (FileStream file = File.Create(path))
            file.SetLength(1 << 30);
        Assert.Equal(0, PosixStatus.Of(path, followLink: false).Allocated);
    }
}
