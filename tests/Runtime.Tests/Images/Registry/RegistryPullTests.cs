using Islet.Images;
using Islet.Images.Registry;
using Islet.Images.Store;
using Islet.Testing.Support;

namespace Islet.Tests.Images.Registry;

/// <summary>Pulls from a real registry.</summary>
public sealed class RegistryPullTests : IAsyncLifetime
{
    private static readonly OciImage s_amd64 = new OciImageBuilder()
        .Layer(layer => layer.File("hello", "world"))
        .Layer(layer => layer.File("plain", "tar"), gzip: false)
        .Layer(layer => layer.File("random", RandomBytes(2_000_000)))
        .Layer(layer => layer.File("hello", "again"))
        .Config("Cmd", "/bin/sh")
        .Build();

    private static readonly OciImage s_arm64 = new OciImageBuilder("arm64").Layer(layer => layer.File("hello", "arm")).Build();

    private readonly TemporaryDirectory _cache = new();
    private DockerRegistry _registry = null!;
    private ImageStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(DockerRegistry.IsInstalled, DockerRegistry.SkipReason);
        _registry = await DockerRegistry.StartAsync(cancellationToken: Cancellation);
        _store = new ImageStore(_cache.Path, new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
    }

    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        _cache.Dispose();
        if (_registry is not null)
            await _registry.DisposeAsync();
    }

    [Fact]
    public async Task ResolveAsync_pulls_manifest_configuration_and_layers()
    {
        await _registry.PushAsync(s_amd64, "library/hello", "1", Cancellation);
        var progress = new ProgressRecorder();

        Image image = await ResolveAsync("library/hello:1", progress: progress);

        Assert.Equal(s_amd64.Manifest.Digest, image.ManifestDigest.ToString());
        Assert.Equal(["/bin/sh"], image.Config.Cmd);
        Assert.Equal(s_amd64.Layers.Select(layer => layer.Digest), image.Layers.Select(layer => layer.Digest.ToString()));
        Assert.All(image.Layers, layer => _store.Layers.OpenTar(layer).CopyTo(Stream.Null));
        Assert.Equal([ImageProgress.Resolving, ImageProgress.Downloading, ImageProgress.Complete], progress.Phases);
        Assert.All(image.Layers, layer => Assert.Equal(
            layer.Size,
            progress.Reports.Last(report => report.Layer == layer.Digest && report.Phase == ImageProgress.Downloading).BytesDone));
    }

    [Fact]
    public async Task ResolveAsync_of_an_image_in_the_store_needs_no_registry()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        await ResolveAsync("hello:1");
        await _registry.StopAsync();

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync("hello:1")).ManifestDigest.ToString());
        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync("hello:1", policy: PullPolicy.Never)).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_with_policy_always_sees_that_a_tag_has_moved()
    {
        OciImage newer = new OciImageBuilder().Layer(layer => layer.File("newer", "")).Build();
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        await ResolveAsync("hello:1");
        await _registry.PushAsync(newer, "hello", "1", Cancellation);

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync("hello:1")).ManifestDigest.ToString());
        Assert.Equal(newer.Manifest.Digest, (await ResolveAsync("hello:1", policy: PullPolicy.Always)).ManifestDigest.ToString());
        Assert.Equal(newer.Manifest.Digest, (await ResolveAsync("hello:1")).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_with_policy_never_lists_what_the_store_has()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        await ResolveAsync("hello:1");

        ImageNotFoundException error =
            await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("hello:2", policy: PullPolicy.Never));

        Assert.Equal([$"{_registry.Address}/hello:1 (linux/amd64)"], error.Alternatives);
    }

    [Fact]
    public async Task ResolveAsync_chooses_the_platform_from_an_index()
    {
        OciBlob index = await _registry.PushIndexAsync([s_arm64, s_amd64], "hello", "1", Cancellation);

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync("hello:1")).ManifestDigest.ToString());
        Assert.Equal(s_arm64.Manifest.Digest, (await ResolveAsync("hello:1", Platform.LinuxArm64)).ManifestDigest.ToString());
        Assert.Equal(s_arm64.Manifest.Digest, (await ResolveAsync($"hello@{index.Digest}", Platform.LinuxArm64)).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_by_digest_ignores_where_the_tag_points()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync($"hello:other@{s_amd64.Manifest.Digest}")).ManifestDigest.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ResolveAsync_of_a_missing_platform_lists_the_platforms(bool withIndex)
    {
        if (withIndex)
            await _registry.PushIndexAsync([s_arm64], "hello", "1", Cancellation);
        else
            await _registry.PushAsync(s_arm64, "hello", "1", Cancellation);

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("hello:1"));

        Assert.Equal(["linux/arm64"], error.Alternatives);
        Assert.DoesNotContain(Path.Combine("blobs", "sha256", s_arm64.Layers[0].Hex), _cache.Files());
    }

    [Fact]
    public async Task ResolveAsync_of_an_unknown_tag_lists_the_tags()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        await _registry.PushAsync(s_amd64, "hello", "2", Cancellation);

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("hello:3"));

        Assert.Equal(["1", "2"], error.Alternatives);
    }

    [Fact]
    public async Task ResolveAsync_of_an_unknown_repository_says_so() =>
        Assert.Contains(
            "does not exist",
            (await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("nothing:1"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task ResolveAsync_of_a_corrupt_blob_leaves_it_out_of_the_store()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        _registry.Corrupt(s_amd64.Layers[2]);

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync("hello:1"));

        Assert.Contains(s_amd64.Layers[2].Digest, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.Combine("blobs", "sha256", s_amd64.Layers[2].Hex), _cache.Files());
        Assert.Empty(_cache.Files("tmp"));
        Assert.Empty(_cache.Files("refs"));
    }

    [Fact]
    public async Task ResolveAsync_repairs_a_configuration_damaged_in_the_store()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        await ResolveAsync("hello:1");
        string stored = _store.Content.PathOf(Digest.Parse(s_amd64.Config.Digest));
        await File.WriteAllBytesAsync(stored, new byte[s_amd64.Config.Content.Length], Cancellation);

        await ResolveAsync("hello:1");

        Assert.Equal(s_amd64.Config.Content, await File.ReadAllBytesAsync(stored, Cancellation));
    }

    [Fact]
    public async Task ResolveAsync_by_several_stores_at_once_transfers_each_layer_once()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        var progress = new ProgressRecorder();

        await Parallel.ForAsync(0, 6, Cancellation, async (_, token) =>
        {
            using var store = new ImageStore(_cache.Path);
            Image image = await store.ResolveAsync(Reference("hello:1"), Platform.LinuxAmd64, PullPolicy.Missing, progress, token);
            Assert.Equal(s_amd64.Manifest.Digest, image.ManifestDigest.ToString());
        });

        Assert.Equal(s_amd64.Layers.Count, progress.Reports.Count(
            report => report.Phase == ImageProgress.Downloading && report.BytesDone == report.BytesTotal));
    }

    [Fact]
    public async Task ResolveAsync_takes_a_mirror_first_and_the_registry_after_it()
    {
        await _registry.PushAsync(s_amd64, "hello", "1", Cancellation);
        var options = new RegistryOptions
        {
            Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["registry.invalid"] = ["127.0.0.1:1", _registry.Address] },
            Retries = 0,
        };
        using var store = new ImageStore(_cache.Path, options);

        Image image =
            await store.ResolveAsync(
                ImageReference.Parse("registry.invalid/hello:1"), Platform.LinuxAmd64, cancellationToken: Cancellation);

        Assert.Equal(s_amd64.Manifest.Digest, image.ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_of_a_registry_that_is_not_there_says_so()
    {
        using var store = new ImageStore(_cache.Path, new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });

        RegistryUnreachableException error = await Assert.ThrowsAsync<RegistryUnreachableException>(
            () => store.ResolveAsync(ImageReference.Parse("127.0.0.1:1/hello"), Platform.LinuxAmd64, cancellationToken: Cancellation));

        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private ImageReference Reference(string name) => ImageReference.Parse($"{_registry.Address}/{name}");

    private Task<Image> ResolveAsync(
        string name, Platform? platform = null, PullPolicy policy = PullPolicy.Missing, IProgress<ImageProgress>? progress = null) =>
        _store.ResolveAsync(Reference(name), platform ?? Platform.LinuxAmd64, policy, progress, Cancellation);
}
