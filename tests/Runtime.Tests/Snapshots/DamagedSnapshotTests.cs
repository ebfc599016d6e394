using System.Text;
using System.Text.Json.Nodes;
using Islet.Snapshots;

namespace Islet.Tests.Snapshots;

/// <summary>Snapshots with any kind of damage: they are not used, one warning says so, and their place is free for new ones.</summary>
public sealed class DamagedSnapshotTests : IDisposable
{
    private readonly SnapshotWorkshop _workshop = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":1,\"format\":1}")]
    [InlineData("\0\0\0\0")]
    public async Task A_manifest_that_is_none(string content)
    {
        SnapshotName name = await _workshop.MakeAsync();
        Replace(name, "manifest.json", content);
        await AssertNotUsedAsync(name);
    }

    [Fact]
    public async Task A_manifest_nested_without_end()
    {
        SnapshotName name = await _workshop.MakeAsync();
        Replace(name, "manifest.json", "{\"metadata\":" + new string('[', 500_000));
        await AssertNotUsedAsync(name);
    }

    [Fact]
    public async Task A_manifest_of_gigabytes()
    {
        SnapshotName name = await _workshop.MakeAsync();
        _workshop.Damage(name, "manifest.json", file => file.SetLength(8L << 30));
        await AssertNotUsedAsync(name);
    }

    [Theory]
    [InlineData("format", "2")]
    [InlineData("format", "-1")]
    [InlineData("isletVersion", "\"0.0.0.0\"")]
    [InlineData("name", "\"checkpoints/../../../etc\"")]
    [InlineData("name", "\"checkpoints/0000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("parent", "\"checkpoints/0000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("stateSha256", "null")]
    [InlineData("memory", "{\"length\":1,\"modified\":\"2020-01-01T00:00:00Z\",\"allocated\":0}")]
    [InlineData("disk", "{\"length\":1,\"modified\":\"2020-01-01T00:00:00Z\",\"allocated\":0}")]
    [InlineData("diskBase", "{\"path\":\"/nowhere/rootfs.ext4\"}")]
    public async Task A_manifest_that_says_something_else(string member, string value)
    {
        SnapshotName name = await _workshop.MakeAsync();
        JsonObject manifest = Manifest(name);
        manifest[member] = JsonNode.Parse(value);
        Replace(name, "manifest.json", manifest.ToJsonString());
        await AssertNotUsedAsync(name);
    }

    [Fact]
    public async Task A_snapshot_that_stands_on_itself()
    {
        SnapshotName name = await _workshop.MakeAsync();
        JsonObject manifest = Manifest(name);
        manifest["parent"] = name.ToString();
        Replace(name, "manifest.json", manifest.ToJsonString());
        await AssertNotUsedAsync(name);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("state")]
    [InlineData("disk.qcow2")]
    public async Task A_file_cut_short(string file)
    {
        SnapshotName name = await _workshop.MakeAsync(disk: true);
        _workshop.Damage(name, file, stream => stream.SetLength(stream.Length - 1));
        await AssertNotUsedAsync(name);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("state")]
    [InlineData("disk.qcow2")]
    [InlineData("manifest.json")]
    [InlineData("lease")]
    public async Task A_file_gone(string file)
    {
        SnapshotName name = await _workshop.MakeAsync(disk: true);
        File.Delete(_workshop.PathOf(name, file));
        await AssertNotUsedAsync(name);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("state")]
    [InlineData("disk.qcow2")]
    [InlineData("manifest.json")]
    [InlineData("lease")]
    public async Task A_file_that_is_a_symbolic_link(string file)
    {
        SnapshotName name = await _workshop.MakeAsync(disk: true);
        string elsewhere = Path.Combine(_workshop.Cache, "elsewhere");
        File.Move(_workshop.PathOf(name, file), elsewhere);
        File.CreateSymbolicLink(_workshop.PathOf(name, file), elsewhere);
        await AssertNotUsedAsync(name);
        Assert.True(File.Exists(elsewhere));
    }

    [Fact]
    public async Task A_snapshot_that_is_a_symbolic_link()
    {
        SnapshotName name = await _workshop.MakeAsync();
        string elsewhere = Path.Combine(_workshop.Cache, "elsewhere");
        Directory.Move(_workshop.PathOf(name), elsewhere);
        Directory.CreateSymbolicLink(Path.TrimEndingDirectorySeparator(_workshop.PathOf(name)), elsewhere);
        await AssertNotUsedAsync(name);
        Assert.True(File.Exists(Path.Combine(elsewhere, "memory")));
    }

    [Fact]
    public async Task A_snapshot_that_is_a_file()
    {
        SnapshotName name = await _workshop.MakeAsync();
        Directory.Delete(_workshop.PathOf(name), recursive: true);
        await File.WriteAllTextAsync(Path.TrimEndingDirectorySeparator(_workshop.PathOf(name)), "", Cancellation);
        await AssertNotUsedAsync(name);
    }

    [Fact]
    public async Task A_flipped_bit_in_the_state()
    {
        SnapshotName name = await _workshop.MakeAsync();
        _workshop.Damage(name, "state", file => SnapshotWorkshop.FlipBit(file, 12_345));
        await AssertNotUsedAsync(name);
    }

    [Fact]
    public async Task A_file_written_later_without_changing_its_length()
    {
        SnapshotName name = await _workshop.MakeAsync();
        File.SetLastWriteTimeUtc(_workshop.PathOf(name, "memory"), DateTime.UtcNow.AddSeconds(1));
        await AssertNotUsedAsync(name);
    }

    [Theory]
    [InlineData("memory", 1_100_000)]
    [InlineData("memory", 5_000_000)] // in a hole
    [InlineData("disk.qcow2", 3)]
    public async Task A_flipped_bit_in_memory_or_disk_is_found_by_VerifyContent_and_ends_its_use(string file, long position)
    {
        SnapshotName name = await _workshop.MakeAsync(disk: true);
        _workshop.Damage(name, file, stream => SnapshotWorkshop.FlipBit(stream, position));
        using (SnapshotLease? lease = await _workshop.Store.TryOpenAsync(name, Cancellation))
        {
            Assert.False(await lease!.VerifyContentAsync(Cancellation));
            Assert.Null(await _workshop.NewStore().TryOpenAsync(name, Cancellation));
        }

        await _workshop.NewStore().TrimAsync(Cancellation);
        Assert.Empty(_workshop.Entries());
    }

    [Fact]
    public async Task A_flipped_bit_in_the_disk_below_is_found_by_VerifyContent()
    {
        SnapshotName parent = await _workshop.MakeAsync(disk: true);
        SnapshotName child = await _workshop.MakeAsync(parent: parent, disk: true);
        _workshop.Damage(parent, "disk.qcow2", stream => SnapshotWorkshop.FlipBit(stream, 3));

        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(child, Cancellation);
        Assert.False(await lease!.VerifyContentAsync(Cancellation));
        Assert.Null(await _workshop.Store.TryOpenAsync(child, Cancellation));
    }

    [Fact]
    public async Task A_damaged_seal_is_damage()
    {
        SnapshotName name = await _workshop.MakeAsync();
        Replace(name, "seal.json", "{}");
        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(name, Cancellation);
        Assert.False(await lease!.VerifyContentAsync(Cancellation));
    }

    [Fact]
    public async Task VerifyContent_seals_what_was_not_sealed()
    {
        SnapshotName name = await _workshop.MakeAsync(seal: false);
        using (SnapshotLease? lease = await _workshop.Store.TryOpenAsync(name, Cancellation))
            Assert.True(await lease!.VerifyContentAsync(Cancellation));
        _workshop.Damage(name, "memory", file => SnapshotWorkshop.FlipBit(file, 1_100_000));

        using SnapshotLease? other = await _workshop.NewStore().TryOpenAsync(name, Cancellation);
        Assert.False(await other!.VerifyContentAsync(Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_the_host_was_started_again_only_a_seal_is_trusted(bool seal)
    {
        SnapshotName name = await _workshop.MakeAsync(seal: seal);
        JsonObject manifest = Manifest(name);
        manifest["hostBoot"] = "another boot";
        Replace(name, "manifest.json", manifest.ToJsonString());

        if (!seal)
        {
            await AssertNotUsedAsync(name);
            return;
        }

        using SnapshotLease? lease = await _workshop.Store.TryOpenAsync(name, Cancellation);
        Assert.True(await lease!.VerifyContentAsync(Cancellation));
    }

    [Fact]
    public async Task A_damaged_snapshot_in_use_stays_where_it_is_until_a_new_one_takes_its_place()
    {
        SnapshotName name = await _workshop.MakeAsync();
        using SnapshotLease? user = await _workshop.Store.TryOpenAsync(name, Cancellation);
        using FileStream open = File.OpenRead(user!.MemoryPath);
        _workshop.Damage(name, "state", file => SnapshotWorkshop.FlipBit(file, 1));

        Assert.Null(await _workshop.NewStore().TryOpenAsync(name, Cancellation));
        Assert.True(File.Exists(user.MemoryPath));

        await _workshop.MakeAsync(name);
        using SnapshotLease? fresh = await _workshop.Store.TryOpenAsync(name, Cancellation);
        Assert.NotEqual(user.Manifest.Id, fresh!.Manifest.Id);
        Assert.Equal(8 << 20, open.Length);
    }

    [Fact]
    public async Task A_full_disk_is_a_typed_error_and_leaves_nothing()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip(1);
        var store = new SnapshotStore(disk.Path);
        using (SnapshotDraft draft = await store.BeginAsync(SnapshotWorkshop.NewName(), Cancellation))
        {
            string source = Path.Combine(_workshop.Cache, "memory");
            await File.WriteAllBytesAsync(source, SnapshotWorkshop.Noise(2 << 20), Cancellation);
            StorageException error = await Assert.ThrowsAsync<StorageException>(
                () => SparseFile.CopyAsync(source, draft.MemoryPath, Cancellation));
            Assert.Contains("no space left", error.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(draft.MemoryPath));

            await File.WriteAllTextAsync(draft.MemoryPath, "memory", Cancellation);
            await File.WriteAllTextAsync(draft.StatePath, "state", Cancellation);
            disk.Fill();
            await Assert.ThrowsAsync<StorageException>(
                () => draft.CompleteAsync(new SnapshotDescription { Shape = "" }, seal: false, Cancellation));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(disk.Path, "snapshots", "checkpoints")));
    }

    private async Task AssertNotUsedAsync(SnapshotName name)
    {
        Assert.Null(await _workshop.Store.TryOpenAsync(name, Cancellation));
        Assert.Null(await _workshop.Store.TryOpenAsync(name, Cancellation));
        Assert.Equal(2, _workshop.Log.Text.Split(name.ToString() + " in ").Length);

        await _workshop.MakeAsync(name);
        using SnapshotLease? fresh = await _workshop.Store.TryOpenAsync(name, Cancellation);
        Assert.NotNull(fresh);
        Assert.Equal([name.Key.ToString()], _workshop.Entries());
    }

    private JsonObject Manifest(SnapshotName name) => JsonNode.Parse(File.ReadAllText(_workshop.PathOf(name, "manifest.json")))!.AsObject();

    private void Replace(SnapshotName name, string file, string content) => _workshop.Damage(name, file, stream =>
    {
        stream.SetLength(0);
        stream.Write(Encoding.UTF8.GetBytes(content));
    });
}
