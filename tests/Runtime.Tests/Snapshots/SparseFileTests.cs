using Islet.Native.Posix;
using Islet.Snapshots;
using Islet.Tests.Images;

namespace Islet.Tests.Snapshots;

public sealed class SparseFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Source => _directory.Combine("source");

    private string Destination => _directory.Combine("destination");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(64L << 20, new long[] { 0, 5_000_000, (64L << 20) - 70_000 })] // data at both ends
    [InlineData(64L << 20, new long[] { 33_333_333 })] // holes at both ends
    [InlineData(64L << 20, new long[0])]
    [InlineData(0L, new long[0])]
    [InlineData(70_001L, new long[] { 1 })]
    [InlineData(9L << 30, new long[] { 5L << 30 })]
    public async Task Copy_has_the_same_content_and_the_holes_stay_holes(long length, long[] data)
    {
        await WriteSourceAsync(length, data);
        await SparseFile.CopyAsync(Source, Destination, Cancellation);

        Assert.Equal(length, new FileInfo(Destination).Length);
        Assert.Equal(await ContentHash.ComputeAsync(Source, Cancellation), await ContentHash.ComputeAsync(Destination, Cancellation));
        Assert.InRange(PosixStatus.Of(Destination, followLink: false).Allocated, 0, data.Length * 70_000 + 65_536);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Destination));
    }

    [Fact]
    public async Task CopyData_into_another_file_system_copies_through_this_process()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip(2);
        await WriteSourceAsync(16 << 20, [5_000_000, 9_000_000]);
        string copy = Path.Combine(disk.Path, "copy");
        await SparseFile.CopyAsync(Source, copy, Cancellation);

        Assert.Equal(await ContentHash.ComputeAsync(Source, Cancellation), await ContentHash.ComputeAsync(copy, Cancellation));
    }

    [Fact]
    public async Task Copy_onto_a_file_that_exists_is_refused_and_leaves_it()
    {
        await File.WriteAllTextAsync(Source, "source", Cancellation);
        await File.WriteAllTextAsync(Destination, "destination", Cancellation);

        Assert.Throws<StorageException>(() => SparseFile.Copy(Source, Destination, Cancellation));
        Assert.Equal("destination", await File.ReadAllTextAsync(Destination, Cancellation));
    }

    [Fact]
    public void Copy_of_a_file_that_is_not_there_says_so()
    {
        StorageException error = Assert.Throws<StorageException>(() => SparseFile.Copy(Source, Destination, Cancellation));
        Assert.Contains(Source, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Destination));
    }

    [Fact]
    public async Task Copy_cancelled_leaves_nothing()
    {
        await WriteSourceAsync(1 << 20, [0]);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.Throws<OperationCanceledException>(() => SparseFile.Copy(Source, Destination, cancelled.Token));
        Assert.False(File.Exists(Destination));
    }

    [Fact]
    public async Task ContentHash_does_not_tell_zeros_from_holes_but_tells_everything_else()
    {
        await WriteSourceAsync(1 << 20, [500_000]);
        string hash = await ContentHash.ComputeAsync(Source, Cancellation);

        await File.WriteAllBytesAsync(Destination, await File.ReadAllBytesAsync(Source, Cancellation), Cancellation);
        Assert.NotEqual(PosixStatus.Of(Source, followLink: false).Allocated, PosixStatus.Of(Destination, followLink: false).Allocated);
        Assert.Equal(hash, await ContentHash.ComputeAsync(Destination, Cancellation));

        await WriteSourceAsync((1 << 20) + 1, [500_000]);
        Assert.NotEqual(hash, await ContentHash.ComputeAsync(Source, Cancellation));
        await WriteSourceAsync(1 << 20, [500_000 + 65_536]);
        Assert.NotEqual(hash, await ContentHash.ComputeAsync(Source, Cancellation));
    }

    private async Task WriteSourceAsync(long length, long[] data)
    {
        await using FileStream file = File.Create(Source);
        file.SetLength(length);
        foreach (long offset in data)
        {
            file.Position = offset;
            await file.WriteAsync(SnapshotWorkshop.Noise(70_000 - 4096), Cancellation);
        }
    }
}
