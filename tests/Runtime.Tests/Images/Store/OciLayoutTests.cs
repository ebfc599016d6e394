using System.Text.Json.Nodes;
using Islet.Images;
using Islet.Images.Store;
using Islet.Testing.Support;
using Islet.Tests.Disks;

namespace Islet.Tests.Images.Store;

public sealed class OciLayoutTests : IDisposable
{
    private static readonly OciImage s_amd64 = new OciImageBuilder()
        .Layer(layer => layer.Directory("etc").File("etc/os-release", "ID=debian\n"))
        .Layer(layer => layer.Whiteout("etc/os-release").File("hello", "world"), gzip: false)
        .Config("Cmd", "/bin/sh")
        .Build();

    private static readonly OciImage s_arm64 = new OciImageBuilder("arm64").Layer(layer => layer.File("hello", "arm")).Build();

    private readonly TemporaryDirectory _cache = new();
    private readonly OciLayoutFolder _layout = new();
    private readonly ImageStore _store;

    public OciLayoutTests() => _store = new ImageStore(_cache.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _layout.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public async Task ResolveAsync_brings_the_only_image_into_the_store()
    {
        _layout.Add(s_amd64);
        var progress = new ProgressRecorder();

        Image image = await ResolveAsync(progress: progress);

        Assert.Equal(s_amd64.Manifest.Digest, image.ManifestDigest.ToString());
        Assert.Equal(["/bin/sh"], image.Config.Cmd);
        Assert.Equal(s_amd64.Layers.Select(layer => layer.Digest), image.Layers.Select(layer => layer.Digest.ToString()));
        Assert.All(image.Layers, layer => _store.Layers.OpenTar(layer).CopyTo(Stream.Null));
        Assert.Equal([ImageProgress.Resolving, ImageProgress.Importing, ImageProgress.Complete], progress.Phases);
    }

    [Fact]
    public async Task ResolveAsync_a_second_time_copies_nothing()
    {
        _layout.Add(s_amd64);
        await ResolveAsync();
        foreach (OciBlob layer in s_amd64.Layers)
            File.Delete(_layout.PathOf(layer));
        var progress = new ProgressRecorder();

        await ResolveAsync(progress: progress);

        Assert.DoesNotContain(ImageProgress.Importing, progress.Phases);
    }

    [Fact]
    public async Task ResolveAsync_chooses_by_tag_and_by_platform()
    {
        OciImage other = new OciImageBuilder().Layer(layer => layer.File("other", "")).Build();
        _layout.Add(s_amd64, "1", withPlatform: true).Add(s_arm64, "1", withPlatform: true).Add(other, "2");

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync("1")).ManifestDigest.ToString());
        Assert.Equal(s_arm64.Manifest.Digest, (await ResolveAsync("1", Platform.LinuxArm64)).ManifestDigest.ToString());
        Assert.Equal(other.Manifest.Digest, (await ResolveAsync("2")).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_finds_the_platform_where_only_the_configuration_tells_it()
    {
        _layout.Add(s_amd64).Add(s_arm64);

        Assert.Equal(s_arm64.Manifest.Digest, (await ResolveAsync(platform: Platform.LinuxArm64)).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_without_a_tag_takes_latest_among_several()
    {
        _layout.Add(s_arm64, "old").Add(s_amd64, "latest");

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync()).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_without_a_tag_lists_the_tags_when_it_takes_one()
    {
        _layout.Add(s_amd64, "b").Add(s_arm64, "a");

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync());

        Assert.Equal(["a", "b"], error.Alternatives);
        Assert.Contains("oci:PATH:TAG", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_of_an_unknown_tag_lists_the_tags()
    {
        _layout.Add(s_amd64, "7").Add(s_amd64, "8");

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("9"));

        Assert.Contains("Available tags: 7, 8.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_of_a_missing_platform_lists_the_platforms()
    {
        _layout.Add(s_arm64);

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync());

        Assert.Contains("Available platforms: linux/arm64.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_looks_into_nested_indexes_and_passes_over_attachments()
    {
        JsonObject attestation = s_arm64.Manifest.ToDescriptor();
        attestation["platform"] = new JsonObject { ["architecture"] = "unknown", ["os"] = "unknown" };
        OciBlob inner = OciImage.CreateIndex(attestation, s_arm64.ToIndexEntry(), s_amd64.ToIndexEntry());
        OciBlob outer = OciImage.CreateIndex(inner.ToDescriptor());
        _layout.AddBlobs([inner, outer, .. s_amd64.Blobs]).AddRoot(outer.ToDescriptor());

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync()).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_of_indexes_nested_without_end_fails()
    {
        OciBlob index = OciImage.CreateIndex(s_arm64.ToIndexEntry());
        for (int depth = 0; depth < 8; depth++)
        {
            _layout.AddBlobs(index);
            index = OciImage.CreateIndex(index.ToDescriptor());
        }

        _layout.AddBlobs(index).AddRoot(index.ToDescriptor());

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
        Assert.Contains("nested", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_of_a_corrupt_layer_leaves_it_out_of_the_store()
    {
        _layout.Add(s_amd64);
        byte[] content = [.. s_amd64.Layers[0].Content];
        content[10] ^= 1;
        await File.WriteAllBytesAsync(_layout.PathOf(s_amd64.Layers[0]), content, Cancellation);

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());

        Assert.Contains(s_amd64.Layers[0].Digest, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.Combine("blobs", "sha256", s_amd64.Layers[0].Hex), _cache.Files());
        Assert.Empty(_cache.Files("tmp"));
    }

    [Fact]
    public async Task ResolveAsync_of_a_missing_layer_says_which()
    {
        _layout.Add(s_amd64);
        File.Delete(_layout.PathOf(s_amd64.Layers[1]));

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
        Assert.Contains(s_amd64.Layers[1].Digest, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("config")]
    [InlineData("blobs")]
    [InlineData("index.json")]
    public async Task ResolveAsync_follows_symbolic_links_that_stay_in_the_layout_and_no_others(string what)
    {
        _layout.Add(s_amd64);
        string path = what switch
        {
            "layer" => _layout.PathOf(s_amd64.Layers[0]),
            "config" => _layout.PathOf(s_amd64.Config),
            _ => Path.Combine(_layout.Path, what),
        };
        string inside = Path.Combine(_layout.Path, "store", "target");
        Directory.CreateDirectory(Path.GetDirectoryName(inside)!);
        Directory.Move(path, inside);

        using var elsewhere = new TemporaryDirectory();
        string outside = elsewhere.Combine("target");
        string relative = Path.GetRelativePath(Path.GetDirectoryName(path)!, inside);
        foreach (string target in new[] { relative, inside, "./" + relative })
        {
            File.CreateSymbolicLink(path, target);
            Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync()).ManifestDigest.ToString());
            File.Delete(path);
        }

        Directory.Delete(_cache.Path, recursive: true);
        Directory.CreateDirectory(_cache.Path);
        Directory.Move(inside, outside);
        File.CreateSymbolicLink(path, outside);
        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
        Assert.Contains("leads out", error.Message, StringComparison.Ordinal);

        // A path that goes up and in again is outside in between.
        File.Delete(path);
        File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, outside));
        Assert.Contains(
            "leads out", (await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("circle")]
    public async Task ResolveAsync_opens_nothing_but_regular_files(string what)
    {
        _layout.Add(s_amd64);
        string path = _layout.PathOf(s_amd64.Layers[0]);
        File.Delete(path);
        if (what == "pipe")
            ExternalTool.Require("mkfifo", "coreutils").Run(path);
        else if (what == "folder")
            Directory.CreateDirectory(path);
        else
            File.CreateSymbolicLink(path, Path.GetFileName(path));

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
    }

    [Fact]
    public async Task ResolveAsync_passes_over_what_is_no_image()
    {
        OciBlob empty = OciBlob.FromJson("application/vnd.oci.empty.v1+json", new JsonObject());
        OciBlob sbom = Manifest(empty, "application/spdx+json");
        OciBlob signature = Manifest(
            OciBlob.FromJson(OciImageBuilder.ConfigType, new JsonObject { ["rootfs"] = new JsonObject { ["diff_ids"] = new JsonArray() } }),
            "application/vnd.dev.cosign.simplesigning.v1+json");
        _layout.AddBlobs(empty, sbom, signature).AddRoot(sbom.ToDescriptor()).AddRoot(signature.ToDescriptor()).Add(s_amd64);

        Assert.Equal(s_amd64.Manifest.Digest, (await ResolveAsync()).ManifestDigest.ToString());

        static OciBlob Manifest(OciBlob config, string layerType) => OciBlob.FromJson(OciImageBuilder.ManifestType, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = OciImageBuilder.ManifestType,
            ["config"] = config.ToDescriptor(),
            ["layers"] = new JsonArray(new OciBlob(layerType, [1, 2, 3]).ToDescriptor()),
        });
    }

    [Fact]
    public async Task ResolveAsync_of_nothing_but_an_artifact_says_that_it_is_no_image()
    {
        OciBlob artifact = OciBlob.FromJson(OciImageBuilder.ManifestType, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["config"] = OciBlob.FromJson("application/vnd.oci.empty.v1+json", new JsonObject()).ToDescriptor(),
            ["layers"] = new JsonArray(),
        });
        _layout.AddBlobs(artifact).AddRoot(artifact.ToDescriptor());

        Assert.Contains(
            "not a container image", (await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync())).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v3", "v2", null, 2)]
    [InlineData("v3", null, "v2", 1)]
    [InlineData("v4", "v3", "v2", 2)]
    public async Task ResolveAsync_takes_the_variant_that_is_nearest(string? first, string? second, string? third, int expected)
    {
        OciImage[] images = [.. new[] { "a", "b", "c" }.Select(name => new OciImageBuilder().Layer(layer => layer.File(name, "")).Build())];
        foreach ((OciImage image, string? variant) in images.Zip([first, second, third]))
        {
            JsonObject entry = image.ToIndexEntry();
            if (variant is not null)
                entry["platform"]!["variant"] = variant;
            _layout.AddBlobs(image.Blobs).AddRoot(entry);
        }

        Assert.Equal(images[expected].Manifest.Digest, (await ResolveAsync()).ManifestDigest.ToString());
    }

    [Fact]
    public async Task ResolveAsync_of_a_manifest_damaged_in_the_store_fetches_it_again()
    {
        _layout.Add(s_amd64);
        Image image = await ResolveAsync();
        string stored = _store.Content.PathOf(image.ManifestDigest);
        byte[] content = await File.ReadAllBytesAsync(stored, Cancellation);
        content[5] ^= 1;
        await File.WriteAllBytesAsync(stored, content, Cancellation);

        await ResolveAsync();

        Assert.Equal(s_amd64.Manifest.Content, await File.ReadAllBytesAsync(stored, Cancellation));
    }

    [Theory]
    [InlineData("oci-layout", null, "lacks the file oci-layout")]
    [InlineData("index.json", null, "lacks the file index.json")]
    [InlineData("oci-layout", """{"imageLayoutVersion":"2.0.0"}""", "unknown version")]
    [InlineData("oci-layout", "[]", "unknown version")]
    [InlineData("index.json", "{", "malformed")]
    [InlineData("index.json", "", "malformed")]
    public async Task ResolveAsync_of_a_folder_that_is_no_layout_says_why(string file, string? content, string reason)
    {
        _layout.Add(s_amd64);
        File.Delete(Path.Combine(_layout.Path, file));
        if (content is not null)
            await File.WriteAllTextAsync(Path.Combine(_layout.Path, file), content, Cancellation);

        Assert.Contains(reason, (await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_of_a_missing_folder_says_so()
    {
        var reference = ImageReference.Parse("oci:/nowhere/at-all");

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(
            () => _store.ResolveAsync(reference, Platform.LinuxAmd64, cancellationToken: Cancellation));

        Assert.Contains("/nowhere/at-all", error.Message, StringComparison.Ordinal);
    }

    private Task<Image> ResolveAsync(string? tag = null, Platform? platform = null, IProgress<ImageProgress>? progress = null) =>
        _store.ResolveAsync(
            new OciLayoutReference(_layout.Path, tag), platform ?? Platform.LinuxAmd64, PullPolicy.Never, progress, Cancellation);
}
