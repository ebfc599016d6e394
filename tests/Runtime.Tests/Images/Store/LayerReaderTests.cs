using Islet.Disks;
using Islet.Images;
using Islet.Images.Store;
using Islet.Testing.Support;
using Islet.Tests.Disks;

namespace Islet.Tests.Images.Store;

public sealed class LayerReaderTests : IDisposable
{
    private readonly TemporaryDirectory _cache = new();
    private readonly ContentStore _store;
    private readonly byte[] _tar = new OciLayerBuilder().File("hello", "world").File("zeros", new byte[200_000]).ToTar();

    public LayerReaderTests() => _store = new ContentStore(_cache.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData(MediaTypes.OciLayer, "")]
    [InlineData(MediaTypes.DockerLayer, "")]
    [InlineData(MediaTypes.OciLayerGzip, "gzip")]
    [InlineData(MediaTypes.DockerLayerGzip, "gzip")]
    [InlineData(MediaTypes.OciLayerZstd, "zstd")]
    [InlineData(MediaTypes.DockerLayerZstd, "zstd")]
    [InlineData(MediaTypes.OciLayer, "gzip")]
    [InlineData(MediaTypes.OciLayerGzip, "")]
    [InlineData(MediaTypes.OciLayerGzip, "zstd")]
    [InlineData(MediaTypes.DockerLayer, "xz")]
    [InlineData(MediaTypes.DockerLayer, "bzip2")]
    public async Task OpenTar_gives_the_tar_inside_as_its_first_bytes_tell(string mediaType, string compression)
    {
        ImageLayer layer = await StoreAsync(Compressor.Compress(compression, _tar), mediaType);

        Assert.Equal(_tar, ReadAll(layer));
        Assert.Equal(_tar, await ReadAllAsync(layer));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public async Task OpenTar_reads_streams_in_a_row_as_one_and_refuses_what_is_cut_off_or_damaged(string compression)
    {
        byte[] whole = Compressor.Compress(compression, _tar);
        byte[] damaged = [.. whole];
        damaged[whole.Length / 2] ^= 0x40;

        Assert.Equal(_tar, ReadAll(
            await StoreAsync([.. Compressor.Compress(compression, _tar[..512]), .. Compressor.Compress(compression, _tar[512..])])));
        Assert.NotEmpty(await ReadFailureAsync(whole[..^5]));
        Assert.NotEmpty(await ReadFailureAsync(whole[..(whole.Length / 2)]));
        Assert.NotEmpty(await ReadFailureAsync([.. whole, 1, 2, 3, 4, 5]));
        Assert.NotEmpty(await ReadFailureAsync(damaged));
    }

    [Fact]
    public async Task OpenTar_reads_a_layer_of_several_gzip_members_as_one()
    {
        byte[] blob = [.. OciLayerBuilder.Gzip(_tar[..512]), .. OciLayerBuilder.Gzip(_tar[512..])];

        Assert.Equal(_tar, ReadAll(await StoreAsync(blob)));
    }

    [Fact]
    public async Task OpenTar_of_a_further_member_that_the_diff_id_does_not_cover_fails()
    {
        byte[] blob = [.. OciLayerBuilder.Gzip(_tar), .. OciLayerBuilder.Gzip(_tar)];

        Assert.Contains("not what the image's configuration says", await ReadFailureAsync(blob), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(100_000)]
    public async Task OpenTar_of_a_blob_with_bytes_after_its_end_fails(int count) =>
        Assert.Contains(
            "after the end", await ReadFailureAsync([.. OciLayerBuilder.Gzip(_tar), .. new byte[count]]), StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public async Task OpenTar_of_a_blob_that_is_cut_off_fails(int missing) =>
        Assert.NotEmpty(await ReadFailureAsync(OciLayerBuilder.Gzip(_tar)[..^missing]));

    [Fact]
    public async Task OpenTar_of_a_blob_that_is_no_gzip_behind_its_first_bytes_fails() =>
        Assert.Contains("not valid gzip", await ReadFailureAsync([0x1f, 0x8b, .. _tar]), StringComparison.Ordinal);

    [Fact]
    public async Task OpenTar_of_a_bomb_stops_at_the_limit()
    {
        byte[] content = new byte[4 << 20];
        content.AsSpan().Fill(1);
        byte[] bomb = OciLayerBuilder.Gzip(content);
        ImageLayer layer = await StoreAsync(bomb);
        using LayerTarStream tar = new LayerReader(
            _store, new DecompressionLimit(Floor: 1 << 20, Ratio: 10, Ceiling: 1 << 30)).OpenTar(layer);

        Assert.Contains(
            "out of proportion", Assert.Throws<InvalidImageException>(() => tar.CopyTo(Stream.Null)).Message, StringComparison.Ordinal);
        Assert.InRange(tar.Position, 0, (1 << 20) + (1 << 17));
    }

    [Fact]
    public async Task OpenTar_lets_zeros_through_that_become_holes_up_to_the_ceiling()
    {
        ImageLayer layer = await StoreAsync(OciLayerBuilder.Gzip(new byte[4 << 20]));
        using LayerTarStream tar = new LayerReader(
            _store, new DecompressionLimit(Floor: 1 << 20, Ratio: 10, Ceiling: 8 << 20)).OpenTar(layer);
        Assert.Contains(
            "not what the image's configuration says", Assert.Throws<InvalidImageException>(() => tar.CopyTo(Stream.Null)).Message,
            StringComparison.Ordinal);
        Assert.Equal(4 << 20, tar.Position);

        using LayerTarStream beyond = new LayerReader(
            _store, new DecompressionLimit(Floor: 1 << 20, Ratio: 10, Ceiling: 2 << 20)).OpenTar(layer);
        Assert.Contains(
            "more than any layer", Assert.Throws<InvalidImageException>(() => beyond.CopyTo(Stream.Null)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_from_gigabytes_of_zeros_stays_small()
    {
        // A log of last logins, as useradd creates it for a large user id: 1.7 GB, which gzip reduces to 1.7 MB.
        const long size = 1_700_000_000;
        string path = _cache.Combine("lastlog.tar.gz");
        await using (var gzip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(LayerArchive.Header('0', "lastlog", size), Cancellation);
            byte[] zeros = new byte[1 << 20];
            long padded = size + (-size & 511);
            for (long rest = padded; rest > 0; rest -= zeros.Length)
                await gzip.WriteAsync(zeros.AsMemory(0, (int)Math.Min(rest, zeros.Length)), Cancellation);
            await gzip.WriteAsync(new byte[1024], Cancellation);
        }

        using var disk = BuiltRootfs.From([new LayerSource("lastlog", () =>
        {
            FileStream file = File.OpenRead(path);
            return Compressions.Open(file, Compression.Gzip, file.Length, "lastlog", DecompressionLimit.Default);
        })]);
        Assert.Equal(size, disk.ReadTree()["lastlog"].Size);
        Assert.InRange(disk.AllocatedBytes, 1, 16 << 20);
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(100, 1000)]
    [InlineData(101, 1010)]
    [InlineData(10_000, 50_000)]
    [InlineData(long.MaxValue, 50_000)]
    public void A_limit_grows_with_the_compressed_size_between_floor_and_ceiling(long compressed, long expected) =>
        Assert.Equal(expected, new DecompressionLimit(Floor: 1000, Ratio: 10, Ceiling: 50_000).For(compressed));

    [Fact]
    public async Task What_a_tar_reader_leaves_unread_is_verified_when_it_reads_on()
    {
        byte[] tampered = (byte[])_tar.Clone();
        tampered[^1] = 1;
        ImageLayer layer = await StoreAsync(OciLayerBuilder.Gzip(tampered));
        using LayerTarStream tar = new LayerReader(_store).OpenTar(layer);
        tar.ReadExactly(new byte[512]);

        Assert.Throws<InvalidImageException>(() => tar.CopyTo(Stream.Null));
    }

    [Fact]
    public async Task OpenTar_of_a_blob_damaged_on_this_machine_removes_it()
    {
        ImageLayer layer = await StoreAsync(OciLayerBuilder.Gzip(_tar));
        byte[] blob = await File.ReadAllBytesAsync(_store.PathOf(layer.Digest), Cancellation);
        blob[blob.Length / 2] ^= 0xff;
        await File.WriteAllBytesAsync(_store.PathOf(layer.Digest), blob, Cancellation);

        InvalidImageException error = Assert.Throws<InvalidImageException>(() => ReadAll(layer));

        Assert.Contains("damaged in the store", error.Message, StringComparison.Ordinal);
        Assert.False(_store.Contains(layer.Digest, layer.Size));
    }

    private async Task<ImageLayer> StoreAsync(byte[] blob, string mediaType = MediaTypes.OciLayerGzip)
    {
        (Digest digest, long size) = await _store.AddAsync(new MemoryStream(blob), progress: null, Cancellation);
        return new ImageLayer(digest, Digest.Sha256(_tar), mediaType, size);
    }

    private async Task<string> ReadFailureAsync(byte[] blob)
    {
        ImageLayer layer = await StoreAsync(blob);
        InvalidImageException error = Assert.Throws<InvalidImageException>(() => ReadAll(layer));
        Assert.True(_store.Contains(layer.Digest, layer.Size)); // the blob is what its digest says: it is the image that is wrong
        await Assert.ThrowsAsync<InvalidImageException>(() => ReadAllAsync(layer));
        return error.Message;
    }

    private byte[] ReadAll(ImageLayer layer)
    {
        using LayerTarStream tar = new LayerReader(_store).OpenTar(layer);
        var content = new MemoryStream();
        tar.CopyTo(content);
        return content.ToArray();
    }

    private async Task<byte[]> ReadAllAsync(ImageLayer layer)
    {
        await using LayerTarStream tar = new LayerReader(_store).OpenTar(layer);
        var content = new MemoryStream();
        await tar.CopyToAsync(content, Cancellation);
        return content.ToArray();
    }
}
