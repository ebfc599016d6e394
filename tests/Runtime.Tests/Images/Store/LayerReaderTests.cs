using Islet.Testing.Support;

namespace Islet.Images.Store;

public sealed class LayerReaderTests : IDisposable
{
    private readonly TemporaryDirectory _cache = new();
    private readonly ContentStore _store;
    private readonly byte[] _tar = new OciLayerBuilder().File("hello", "world").File("zeros", new byte[200_000]).ToTar();

    public LayerReaderTests() => _store = new ContentStore(_cache.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData(MediaTypes.OciLayer)]
    [InlineData(MediaTypes.DockerLayer)]
    [InlineData(MediaTypes.OciLayerGzip)]
    [InlineData(MediaTypes.DockerLayerGzip)]
    public async Task OpenTar_gives_the_tar_inside(string mediaType)
    {
        ImageLayer layer = await StoreAsync(MediaTypes.IsGzip(mediaType) ? OciLayerBuilder.Gzip(_tar) : _tar, mediaType);

        Assert.Equal(_tar, ReadAll(layer));
        Assert.Equal(_tar, await ReadAllAsync(layer));
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
    public async Task OpenTar_of_a_blob_that_is_no_gzip_fails() =>
        Assert.Contains("not valid gzip", await ReadFailureAsync(_tar), StringComparison.Ordinal);

    [Fact]
    public async Task OpenTar_of_a_bomb_stops_at_the_limit()
    {
        byte[] bomb = OciLayerBuilder.Gzip(new byte[4 << 20]);
        ImageLayer layer = await StoreAsync(bomb);
        using LayerTarStream tar = new LayerReader(_store, new DecompressionLimit(Floor: 1 << 20, Ratio: 10, Ceiling: 1 << 30)).OpenTar(layer);

        Assert.Contains(
            "out of proportion", Assert.Throws<InvalidImageException>(() => tar.CopyTo(Stream.Null)).Message, StringComparison.Ordinal);
        Assert.InRange(tar.Position, 0, (1 << 20) + (1 << 17));
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
    public async Task VerifyRemainder_checks_what_a_tar_reader_leaves_unread()
    {
        byte[] tampered = (byte[])_tar.Clone();
        tampered[^1] = 1;
        ImageLayer layer = await StoreAsync(OciLayerBuilder.Gzip(tampered));
        using LayerTarStream tar = new LayerReader(_store).OpenTar(layer);
        tar.ReadExactly(new byte[512]);

        Assert.Throws<InvalidImageException>(() => tar.VerifyRemainder(Cancellation));
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
        tar.VerifyRemainder(Cancellation);
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
