using Islet.Disks;
using Islet.Images;
using Islet.Images.Store;
using Islet.Storage;
using Islet.Tests.Images;

namespace Islet.Tests.Disks;

public sealed class RootfsCacheTests : IDisposable
{
    private readonly TemporaryDirectory _cache = new();
    private readonly ContentStore _store;
    private readonly LogRecorder _log = new();

    public RootfsCacheTests() => _store = new ContentStore(_cache.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task GetOrCreateAsync_makes_a_read_only_file_named_after_image_and_platform()
    {
        Image image = await StoreAsync(new LayerArchive().File("file", "content"));

        string path = await NewCache().GetOrCreateAsync(image, Cancellation);

        Assert.Equal(_cache.Combine("rootfs", $"{image.ManifestDigest.Hex}-linux-amd64-v{RootfsBuilder.FormatVersion}.ext4"), path);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(path));
        using var reader = new Ext4Reader(path);
        Assert.Equal("content"u8, reader.ReadContent(reader.ReadTree()["file"]));
    }

    [Fact]
    public async Task GetOrCreateAsync_makes_a_file_once()
    {
        Image image = await StoreAsync(new LayerArchive().File("file"));
        string first = await NewCache().GetOrCreateAsync(image, Cancellation);
        DateTime written = File.GetLastWriteTimeUtc(first);
        File.Delete(_store.PathOf(image.Layers[0].Digest));

        Assert.Equal(first, await NewCache().GetOrCreateAsync(image, Cancellation));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
    }

    [Fact]
    public async Task Callers_at_the_same_time_share_one_making()
    {
        Image image = await StoreAsync(new LayerArchive().File("file", new byte[100_000]));
        int opened = 0;

        string[] paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () => await NewCache(_ => Interlocked.Increment(ref opened)).GetOrCreateAsync(image, Cancellation), Cancellation)));

        Assert.Single(paths.Distinct());
        Assert.Equal(1, opened);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("truncated")]
    [InlineData("no superblock")]
    [InlineData("damaged superblock")]
    public async Task A_damaged_file_is_made_again_with_a_warning(string damage)
    {
        Image image = await StoreAsync(new LayerArchive().File("file", "content"));
        string path = await NewCache().GetOrCreateAsync(image, Cancellation);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = damage == "damaged superblock" ? 1024 + 0x78 : 1024;
            if (damage is "empty" or "truncated")
                file.SetLength(damage == "empty" ? 0 : file.Length / 2);
            else
                file.Write(new byte[damage == "no superblock" ? 1024 : 1]);
        }

        Assert.Equal(path, await NewCache().GetOrCreateAsync(image, Cancellation));
        Assert.Contains("damaged", _log.Text, StringComparison.Ordinal);
        using var reader = new Ext4Reader(path);
        Assert.Contains("file", reader.ReadTree().Keys);
    }

    [Fact]
    public async Task A_layer_that_cannot_be_unpacked_leaves_nothing_behind()
    {
        Image image = await StoreAsync(new LayerArchive().File("../escape"));

        InvalidLayerException error = await Assert.ThrowsAsync<InvalidLayerException>(
            async () => await NewCache().GetOrCreateAsync(image, Cancellation));

        Assert.Contains(image.Layers[0].Digest.ToString(), error.Message, StringComparison.Ordinal);
        Assert.All(_cache.Files("rootfs"), file => Assert.EndsWith(".lock", file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_layer_damaged_on_this_machine_is_told_from_a_wrong_image()
    {
        Image image = await StoreAsync(new LayerArchive().File("first").File("second"));
        string blob = _store.PathOf(image.Layers[0].Digest);
        byte[] bytes = await File.ReadAllBytesAsync(blob, Cancellation);
        bytes[512] ^= 1; // the second header
        File.Delete(blob);
        await File.WriteAllBytesAsync(blob, bytes, Cancellation);

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(
            async () => await NewCache().GetOrCreateAsync(image, Cancellation));
        Assert.Contains("damaged in the store", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_in_the_middle_leaves_nothing_behind()
    {
        Image image = await StoreAsync(new LayerArchive().File("one"), new LayerArchive().File("two", new byte[100_000]));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        RootfsCache cache = NewCache(layer =>
        {
            if (layer == image.Layers[1])
                cancellation.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cache.GetOrCreateAsync(image, cancellation.Token));

        Assert.All(_cache.Files("rootfs"), file => Assert.EndsWith(".lock", file, StringComparison.Ordinal));
        await NewCache().GetOrCreateAsync(image, Cancellation);
    }

    [Fact]
    public async Task What_a_dead_maker_left_is_removed_and_what_a_living_one_writes_is_not()
    {
        Image image = await StoreAsync(new LayerArchive().File("file"));
        Directory.CreateDirectory(_cache.Combine("rootfs"));
        await File.WriteAllTextAsync(_cache.Combine("rootfs", "dead.partial"), "half", Cancellation);
        await File.WriteAllTextAsync(_cache.Combine("rootfs", "alive.partial"), "half", Cancellation);
        using FileLock alive = await FileLock.AcquireAsync(_cache.Combine("rootfs", "alive.lock"), Cancellation);

        await NewCache().GetOrCreateAsync(image, Cancellation);

        Assert.False(File.Exists(_cache.Combine("rootfs", "dead.partial")));
        Assert.True(File.Exists(_cache.Combine("rootfs", "alive.partial")));
    }

    [Fact]
    public async Task A_full_disk_is_a_storage_error_and_leaves_nothing_behind()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a small filesystem to fill.");
        ExternalTool mount = ExternalTool.Require("mount", "mount");
        byte[] noise = new byte[8 << 20];
        new Random(1).NextBytes(noise);
        Image image = await StoreAsync(new LayerArchive().File("large", noise));
        string full = Directory.CreateDirectory(_cache.Combine("full")).FullName;
        ToolResult mounted = mount.Run("-t", "tmpfs", "-o", "size=2m,mode=700", "none", full);
        Assert.SkipUnless(mounted.ExitCode == 0, "tmpfs cannot be mounted here: " + mounted.Error);
        try
        {
            var cache = new RootfsCache(full, new LayerReader(_store).OpenTar, _log);
            StorageException error = await Assert.ThrowsAsync<StorageException>(
                async () => await cache.GetOrCreateAsync(image, Cancellation));

            Assert.Contains("no space left", error.Message, StringComparison.OrdinalIgnoreCase);
            Assert.All(_cache.Files("full"), file => Assert.EndsWith(".lock", file, StringComparison.Ordinal));
        }
        finally
        {
            ExternalTool.Require("umount", "mount").Run(full);
        }
    }

    private RootfsCache NewCache(Action<ImageLayer>? opening = null) => new(
        _cache.Path,
        layer =>
        {
            opening?.Invoke(layer);
            return new LayerReader(_store).OpenTar(layer);
        },
        _log);

    private async Task<Image> StoreAsync(params LayerArchive[] archives)
    {
        List<ImageLayer> layers = [];
        foreach (LayerArchive archive in archives)
        {
            (Digest digest, long size) = await _store.AddAsync(archive.Open(), progress: null, Cancellation);
            layers.Add(new ImageLayer(digest, digest, MediaTypes.OciLayer, size));
        }

        var config = new ImageConfig { Platform = Platform.LinuxAmd64 };
        return new Image(ImageReference.Parse("localhost/test"), layers[^1].Digest, Platform.LinuxAmd64, config, layers);
    }
}
