using Islet.Snapshots;

namespace Islet.Tests.Snapshots;

/// <summary>The entries that may be removed, and the order of their removal when space is short.</summary>
public sealed class SnapshotRemovalTests : IDisposable
{
    private readonly SnapshotWorkshop _workshop = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task Remove_leaves_nothing_of_it()
    {
        SnapshotName name = await _workshop.MakeAsync();
        Assert.Equal(SnapshotRemoval.Removed, await _workshop.Store.RemoveAsync(name, Cancellation));
        Assert.Empty(_workshop.Entries());
        Assert.Equal(SnapshotRemoval.NotFound, await _workshop.Store.RemoveAsync(name, Cancellation));
    }

    [Fact]
    public async Task Remove_while_a_lease_is_held_in_any_store_is_refused()
    {
        SnapshotName name = await _workshop.MakeAsync();
        using (SnapshotLease? first = await _workshop.Store.TryOpenAsync(name, Cancellation))
        using (SnapshotLease? second = await _workshop.NewStore().TryOpenAsync(name, Cancellation))
        {
            first!.Dispose();
            Assert.Equal(SnapshotRemoval.InUse, await _workshop.NewStore().RemoveAsync(name, Cancellation));
        }

        Assert.Equal(SnapshotRemoval.Removed, await _workshop.Store.RemoveAsync(name, Cancellation));
    }

    [Fact]
    public async Task Remove_of_one_that_others_stand_on_is_refused_until_they_are_gone()
    {
        SnapshotName parent = await _workshop.MakeAsync(disk: true);
        SnapshotName child = await _workshop.MakeAsync(parent: parent, disk: true);

        Assert.Equal(SnapshotRemoval.IsBase, await _workshop.Store.RemoveAsync(parent, Cancellation));
        Assert.Equal(SnapshotRemoval.Removed, await _workshop.Store.RemoveAsync(child, Cancellation));
        Assert.Equal(SnapshotRemoval.Removed, await _workshop.Store.RemoveAsync(parent, Cancellation));
    }

    [Fact]
    public async Task A_lease_on_one_that_stands_on_another_holds_both()
    {
        SnapshotName parent = await _workshop.MakeAsync(disk: true);
        SnapshotName child = await _workshop.MakeAsync(parent: parent, disk: true);
        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(child, Cancellation);
        File.Delete(_workshop.PathOf(child, "manifest.json"));

        Assert.Equal(SnapshotRemoval.InUse, await _workshop.Store.RemoveAsync(parent, Cancellation));
    }

    [Fact]
    public async Task Complete_when_the_parent_is_gone_is_refused()
    {
        SnapshotName parent = await _workshop.MakeAsync(disk: true);
        using SnapshotDraft draft = await _workshop.Store.BeginAsync(SnapshotWorkshop.NewName(), Cancellation);
        SnapshotWorkshop.Fill(draft, disk: true);
        await _workshop.Store.RemoveAsync(parent, Cancellation);

        await Assert.ThrowsAsync<SnapshotException>(
            () => draft.CompleteAsync(new SnapshotDescription { Shape = "", Parent = parent }, seal: false, Cancellation));
    }

    [Fact]
    public async Task Trim_removes_what_was_not_used_for_longest_first()
    {
        SnapshotName oldest = await _workshop.MakeAsync(), opened = await _workshop.MakeAsync(), newest = await _workshop.MakeAsync();
        SetLastUsed(oldest, 2);
        SetLastUsed(opened, 3);
        SetLastUsed(newest, 1);
        (await _workshop.Store.TryOpenAsync(opened, Cancellation))!.Dispose();

        // There is room for two of the three.
        await _workshop.NewStore(MemorySize.FromBytes(2 * 340_000 + 100_000)).TrimAsync(Cancellation);

        Assert.Equal(new HashSet<SnapshotName> { opened, newest }, Names());
    }

    [Fact]
    public async Task Trim_spares_what_is_in_use_however_long_ago_it_was_opened()
    {
        SnapshotName used = await _workshop.MakeAsync(), unused = await _workshop.MakeAsync();
        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(used, Cancellation);
        SetLastUsed(used, 9);

        await _workshop.NewStore(MemorySize.FromBytes(0)).TrimAsync(Cancellation);

        Assert.Equal([used], Names());
        Assert.DoesNotContain(unused.Key.ToString(), _workshop.Entries());
    }

    [Fact]
    public async Task Trim_keeps_what_others_stand_on_and_lets_whole_chains_go()
    {
        SnapshotName parent = await _workshop.MakeAsync(disk: true);
        SnapshotName child = await _workshop.MakeAsync(parent: parent, disk: true);
        SetLastUsed(parent, 9);
        using (SnapshotLease? lease = await _workshop.Store.TryOpenAsync(child, Cancellation))
        {
            SetLastUsed(parent, 9);
            await _workshop.NewStore(MemorySize.FromBytes(0)).TrimAsync(Cancellation);
            Assert.Equal(new HashSet<SnapshotName> { parent, child }, Names());
        }

        await _workshop.NewStore(MemorySize.FromBytes(0)).TrimAsync(Cancellation);
        Assert.Empty(_workshop.Entries());
    }

    [Fact]
    public async Task Complete_trims_but_never_what_it_has_just_made()
    {
        SnapshotName old = await _workshop.MakeAsync();
        SnapshotName fresh = await _workshop.MakeAsync(store: _workshop.NewStore(MemorySize.FromBytes(0)));

        Assert.Equal([fresh], Names());
        Assert.Null(await _workshop.Store.TryOpenAsync(old, Cancellation));
    }

    [Fact]
    public async Task Trim_leaves_the_drafts_of_the_living_alone()
    {
        using SnapshotDraft draft = await _workshop.Store.BeginAsync(SnapshotWorkshop.NewName(), Cancellation);
        SnapshotWorkshop.Fill(draft);

        await _workshop.NewStore(MemorySize.FromBytes(0)).TrimAsync(Cancellation);

        Assert.True(File.Exists(draft.MemoryPath));
    }

    private HashSet<SnapshotName> Names() => [.. _workshop.Store.List().Select(entry => entry.Manifest.Name)];

    private void SetLastUsed(SnapshotName name, int hoursAgo) =>
        File.SetLastWriteTimeUtc(_workshop.PathOf(name, "lease"), DateTime.UtcNow.AddHours(-hoursAgo));
}
