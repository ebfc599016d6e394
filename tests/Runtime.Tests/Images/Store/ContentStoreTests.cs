using System.Diagnostics;
using Islet.Images;
using Islet.Images.Store;
using Islet.Storage;

namespace Islet.Tests.Images.Store;

public sealed class ContentStoreTests : IDisposable
{
    private readonly TemporaryDirectory _cache = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task Zeros_cost_nothing_in_the_store_and_are_there()
    {
        using var cache = new TemporaryDirectory();
        var store = new ContentStore(cache.Path);
        byte[] content = [1, .. new byte[4 << 20]];
        (Digest digest, long size) = await store.AddAsync(new MemoryStream(content), progress: null, TestContext.Current.CancellationToken);

        Assert.Equal(Digest.Sha256(content), digest);
        Assert.Equal(content, await File.ReadAllBytesAsync(store.PathOf(digest), TestContext.Current.CancellationToken));
        Assert.True(store.Contains(digest, size));
        Assert.InRange(Islet.Native.Posix.PosixStatus.Of(store.PathOf(digest), followLink: false).Allocated, 1, 1 << 20);
    }

    [Fact]
    public async Task WriteAsync_makes_a_private_blob_that_can_be_read()
    {
        var store = new ContentStore(_cache.Path, flushToDisk: true);
        byte[] content = RandomBytes(300_000);
        var reports = new List<long>();

        await store.WriteAsync(Describe(content), new MemoryStream(content), new Reports(reports), Cancellation);

        Assert.True(store.Contains(Digest.Sha256(content), content.Length));
        Assert.Equal(content, await File.ReadAllBytesAsync(store.PathOf(Digest.Sha256(content)), Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.PathOf(Digest.Sha256(content))));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(
            _cache.Combine("blobs", "sha256")));
        Assert.Equal(content.Length, reports[^1]);
        Assert.Equal(reports.Order(), reports);
        Assert.Empty(_cache.Files("tmp"));
    }

    [Theory]
    [InlineData(0, 1, "ended after")]
    [InlineData(0, -1, "longer than")]
    [InlineData(1, 0, "corrupt")]
    public async Task WriteAsync_of_other_bytes_than_announced_leaves_nothing(int flip, int sizeError, string reason)
    {
        var store = new ContentStore(_cache.Path);
        byte[] content = RandomBytes(1000);
        Descriptor descriptor = Describe(content) with { Size = content.Length + sizeError };
        content[0] ^= (byte)flip;

        InvalidImageException error =
            await Assert.ThrowsAsync<InvalidImageException>(() => store.WriteAsync(descriptor, content, Cancellation));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files());
    }

    [Fact]
    public async Task WriteAsync_cancelled_in_the_middle_leaves_nothing()
    {
        var store = new ContentStore(_cache.Path);
        using var cancel = new CancellationTokenSource();
        byte[] content = RandomBytes(1_000_000);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            store.WriteAsync(Describe(content), new CancellingStream(content, cancel), progress: null, cancel.Token));

        Assert.Empty(_cache.Files());
    }

    [Fact]
    public async Task WriteAsync_of_one_blob_by_many_at_once_succeeds_for_all()
    {
        byte[] content = RandomBytes(500_000);

        await Parallel.ForAsync(0, 16, Cancellation, async (_, token) =>
            await new ContentStore(_cache.Path).WriteAsync(Describe(content), content, token));

        Assert.Equal(content, await File.ReadAllBytesAsync(new ContentStore(_cache.Path).PathOf(Digest.Sha256(content)), Cancellation));
        Assert.Single(_cache.Files());
    }

    [Fact]
    public async Task A_symbolic_link_in_place_of_a_blob_is_not_followed()
    {
        var store = new ContentStore(_cache.Path);
        byte[] secret = RandomBytes(100);
        string elsewhere = _cache.Combine("secret");
        await File.WriteAllBytesAsync(elsewhere, secret, Cancellation);
        Directory.CreateDirectory(_cache.Combine("blobs", "sha256"));
        File.CreateSymbolicLink(store.PathOf(Digest.Sha256(secret)), elsewhere);

        Assert.False(store.Contains(Digest.Sha256(secret), secret.Length));
        Assert.Throws<InvalidImageException>(() => store.OpenRead(Digest.Sha256(secret)));
        await store.WriteAsync(Describe(secret), secret, Cancellation);

        Assert.Null(new FileInfo(store.PathOf(Digest.Sha256(secret))).LinkTarget);
        Assert.True(File.Exists(elsewhere));
    }

    [Fact]
    public async Task TryReadDocument_removes_a_damaged_document()
    {
        var store = new ContentStore(_cache.Path);
        byte[] content = RandomBytes(100);
        await store.WriteAsync(Describe(content), content, Cancellation);
        byte[] damaged = [.. content[..99], (byte)~content[99]];
        await File.WriteAllBytesAsync(store.PathOf(Digest.Sha256(content)), damaged, Cancellation);

        Assert.Null(store.TryReadDocument(Describe(content)));
        Assert.Empty(_cache.Files());
    }

    [Fact]
    public async Task Contains_is_false_for_a_blob_that_lost_its_end()
    {
        var store = new ContentStore(_cache.Path);
        byte[] content = RandomBytes(100);
        await store.WriteAsync(Describe(content), content, Cancellation);
        await File.WriteAllBytesAsync(store.PathOf(Digest.Sha256(content)), content[..50], Cancellation);

        Assert.False(store.Contains(Digest.Sha256(content), content.Length));
        await store.WriteAsync(Describe(content), content, Cancellation);
        Assert.True(store.Contains(Digest.Sha256(content), content.Length));
    }

    [Fact]
    public async Task RemoveAbandonedFiles_spares_the_fresh_and_those_in_use()
    {
        var store = new ContentStore(_cache.Path);
        string abandoned = store.NewTemporaryPath(), inUse = store.NewTemporaryPath(), fresh = store.NewTemporaryPath();
        foreach (string path in new[] { abandoned, inUse, fresh })
            await File.WriteAllTextAsync(path, "x", Cancellation);
        DateTime now = DateTime.UtcNow;
        File.SetLastWriteTimeUtc(abandoned, now.AddDays(-1));
        File.SetLastWriteTimeUtc(inUse, now.AddDays(-1));

        using (StoreFile.TryLock(inUse, FileMode.Open))
            store.RemoveAbandonedFiles(now);

        Assert.False(File.Exists(abandoned));
        Assert.True(File.Exists(inUse));
        Assert.True(File.Exists(fresh));
    }

    [Fact]
    public async Task WriteAsync_on_a_full_disk_says_what_it_needs_and_leaves_nothing()
    {
        Assert.SkipUnless(Environment.UserName == "root", "mounting a small file system takes root");
        using var mount = SmallFileSystem.TryMount(_cache.Combine("small"), kibibytes: 256);
        Assert.SkipWhen(mount is null, "this machine does not let root mount a tmpfs");
        var store = new ContentStore(_cache.Combine("small"));
        byte[] content = RandomBytes(3 << 20);

        StorageException error =
            await Assert.ThrowsAsync<StorageException>(() => store.WriteAsync(Describe(content), content, Cancellation));

        Assert.Contains("no space left", error.Message, StringComparison.Ordinal);
        Assert.Contains("needs 3 MiB", error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files("small"));
    }

    [Fact]
    public async Task WriteAsync_where_nothing_may_be_written_says_so()
    {
        string blocked = _cache.Combine("file");
        await File.WriteAllTextAsync(blocked, "in the way", Cancellation);

        StorageException error =
            await Assert.ThrowsAsync<StorageException>(() => new ContentStore(blocked).WriteAsync(Describe([1]), [1], Cancellation));

        Assert.Contains(blocked, error.Message, StringComparison.Ordinal);
    }

    private static Descriptor Describe(byte[] content) =>
        new() { MediaType = MediaTypes.OciLayer, Digest = Digest.Sha256(content), Size = content.Length };

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private sealed class Reports(List<long> reports) : IProgress<long>
    {
        public void Report(long value) => reports.Add(value);
    }

    /// <summary>A stream that returns its first half, and cancels when the second half is read.</summary>
    private sealed class CancellingStream(byte[] content, CancellationTokenSource cancel) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > Length / 2)
                cancel.Cancel();
            cancellationToken.ThrowIfCancellationRequested();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>A tmpfs of a given size.</summary>
    private sealed class SmallFileSystem : IDisposable
    {
        private readonly string _path;

        private SmallFileSystem(string path) => _path = path;

        public static SmallFileSystem? TryMount(string path, int kibibytes)
        {
            Directory.CreateDirectory(path);
            return Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "islet-test", path) == 0 ? new SmallFileSystem(path) : null;
        }

        public void Dispose() => Run("umount", _path);

        private static int Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(program, arguments);
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
