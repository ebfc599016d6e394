using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Islet.Images;
using Islet.Images.Store;
using Islet.Testing.Support;
using Islet.Tests.Disks;

namespace Islet.Tests.Images.Store;

public sealed class DockerArchiveTests : IDisposable
{
    private static readonly OciImage s_image = new OciImageBuilder()
        .Layer(layer => layer.File("hello", "world"), gzip: false)
        .Layer(layer => layer.File("hello", "again"), gzip: false)
        .Config("Cmd", "/bin/sh")
        .Build();

    private readonly TemporaryDirectory _directory = new();
    private readonly ImageStore _store;

    public DockerArchiveTests() => _store = new ImageStore(_directory.Combine("cache"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string ArchivePath => _directory.Combine("image.tar");

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public async Task ResolveAsync_reads_the_form_of_docker_save(string compression)
    {
        Write(Legacy(s_image, "redis:7"), compression);

        Image image = await ResolveAsync();

        Assert.Equal(["/bin/sh"], image.Config.Cmd);
        Assert.Equal(s_image.Layers.Select(layer => layer.Digest), image.Layers.Select(layer => layer.DiffId.ToString()));
        Assert.All(image.Layers, layer => _store.Layers.OpenTar(layer).CopyTo(Stream.Null));
        Assert.Empty(_directory.Files("cache/tmp"));
    }

    [Fact]
    public async Task ResolveAsync_a_second_time_does_not_read_the_archive()
    {
        Write(Legacy(s_image, "redis:7"));
        Image first = await ResolveAsync();
        var progress = new ProgressRecorder();

        Assert.Equal(first.ManifestDigest, (await ResolveAsync(progress: progress)).ManifestDigest);
        Assert.DoesNotContain(ImageProgress.Importing, progress.Phases);
    }

    [Theory]
    [InlineData("same time")]
    [InlineData("link")]
    [InlineData("renamed")]
    public async Task ResolveAsync_reads_an_archive_again_whenever_it_is_another(string how)
    {
        OciImage other = new OciImageBuilder()
            .Layer(layer => layer.File("hello", "world"), gzip: false)
            .Layer(layer => layer.File("hello", "other"), gzip: false)
            .Config("Cmd", "/bin/sh")
            .Build();
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        string current = how == "link" ? _directory.Combine("current.tar") : ArchivePath;
        if (how == "link")
            File.CreateSymbolicLink(ArchivePath, current);

        Write(Legacy(s_image, "redis:7"), path: current);
        File.SetLastWriteTimeUtc(current, time);
        long length = new FileInfo(current).Length;
        Image first = await ResolveAsync();

        string next = how == "renamed" ? _directory.Combine("next.tar") : current;
        Write(Legacy(other, "redis:7"), path: next);
        File.SetLastWriteTimeUtc(next, time);
        File.Move(next, current, overwrite: true);
        Assert.Equal(length, new FileInfo(current).Length);

        Image second = await ResolveAsync();
        Assert.NotEqual(first.ManifestDigest, second.ManifestDigest);
        Assert.Equal(other.Layers[1].Digest, second.Layers[1].DiffId.ToString());
    }

    [Fact]
    public async Task ResolveAsync_of_a_pipe_does_not_wait_for_its_writer()
    {
        ExternalTool.Require("mkfifo", "coreutils").Run(ArchivePath);
        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public async Task ResolveAsync_reads_layers_compressed_in_any_way(string compression)
    {
        List<TarEntry> entries = Legacy(s_image, "redis:7");
        entries.Add(Entry("layer0/layer.tar", Compressor.Compress(compression, s_image.Layers[0].Content)));
        Write(entries);

        Image image = await ResolveAsync();
        Assert.All(image.Layers, layer => _store.Layers.OpenTar(layer).CopyTo(Stream.Null));
    }

    [Fact]
    public async Task ResolveAsync_chooses_by_name()
    {
        OciImage other = new OciImageBuilder().Layer(layer => layer.File("other", ""), gzip: false).Build();
        Write([.. Legacy(other, "postgres:17", "one/"), .. Legacy(s_image, "redis:7", "two/")], merge: true);

        Assert.Equal(["/bin/sh"], (await ResolveAsync("redis:7")).Config.Cmd);
        ImageNotFoundException unknown = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("redis:8"));
        ImageNotFoundException ambiguous = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync());

        Assert.Equal(["postgres:17", "redis:7"], unknown.Alternatives);
        Assert.Equal(["postgres:17", "redis:7"], ambiguous.Alternatives);
    }

    [Fact]
    public async Task ResolveAsync_of_another_platform_lists_what_there_is()
    {
        Write(Legacy(s_image, "redis:7"));

        ImageNotFoundException error = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(platform: Platform.LinuxArm64));

        Assert.Equal(["linux/amd64"], error.Alternatives);
    }

    [Fact]
    public async Task ResolveAsync_follows_links_between_layers_inside_the_archive()
    {
        List<TarEntry> entries = Legacy(s_image, "redis:7");
        Rename(entries, "layer0/layer.tar", "shared/layer.tar");
        Rename(entries, "layer1/layer.tar", "hard/layer.tar");
        entries.Add(new PaxTarEntry(TarEntryType.SymbolicLink, "layer0/layer.tar") { LinkName = "../shared/layer.tar" });
        entries.Add(new PaxTarEntry(TarEntryType.HardLink, "layer1/layer.tar") { LinkName = "hard/layer.tar" });
        Write(entries);

        Assert.Equal(2, (await ResolveAsync()).Layers.Count);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("../layer0/layer.tar")]
    public async Task ResolveAsync_never_leaves_the_archive_through_a_link(string target)
    {
        List<TarEntry> entries = Legacy(s_image, "redis:7");
        Rename(entries, "layer0/layer.tar", "elsewhere");
        entries.Add(new PaxTarEntry(TarEntryType.SymbolicLink, "layer0/layer.tar") { LinkName = target });
        Write(entries);

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
        Assert.Empty(_directory.Files("cache/tmp"));
    }

    [Fact]
    public async Task ResolveAsync_takes_the_last_of_entries_with_one_name()
    {
        List<TarEntry> entries = Legacy(s_image, "redis:7");
        entries.Insert(0, Entry("layer0/layer.tar", [1, 2, 3]));
        Write(entries);

        Assert.Equal(2, (await ResolveAsync()).Layers.Count);
    }

    [Fact]
    public async Task ResolveAsync_of_a_layer_that_is_not_what_the_configuration_says_fails()
    {
        List<TarEntry> entries = Legacy(s_image, "redis:7");
        entries.Add(Entry("layer0/layer.tar", [.. s_image.Layers[0].Content[..^1], 7]));
        Write(entries);

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
    }

    [Fact]
    public async Task ResolveAsync_reads_gzip_layers_and_the_layout_form()
    {
        OciImage image = new OciImageBuilder().Layer(layer => layer.File("hello", "gzip")).Build();
        List<TarEntry> entries = [.. image.Blobs.Select(blob => Entry($"blobs/sha256/{blob.Hex}", blob.Content))];
        JsonObject root = image.Manifest.ToDescriptor();
        root["annotations"] = new JsonObject
        {
            ["io.containerd.image.name"] = "docker.io/library/redis:7",
            ["org.opencontainers.image.ref.name"] = "7",
        };
        entries.Add(Entry("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray()));
        entries.Add(Entry("index.json", Json(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(root) })));
        Write(entries);

        Assert.Equal(image.Manifest.Digest, (await ResolveAsync("redis:7")).ManifestDigest.ToString());
        Assert.Equal(image.Manifest.Digest, (await ResolveAsync()).ManifestDigest.ToString());
        ImageNotFoundException unknown = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync("redis:8"));
        Assert.Equal(["docker.io/library/redis:7"], unknown.Alternatives);
    }

    [Fact]
    public async Task ResolveAsync_reads_gzip_layers_named_by_manifest_json()
    {
        OciImage image = new OciImageBuilder().Layer(layer => layer.File("hello", "gzip")).Build();
        Write(Legacy(image, "redis:7"));

        ImageLayer layer = Assert.Single((await ResolveAsync()).Layers);

        Assert.Equal(image.Layers[0].Digest, layer.Digest.ToString());
        _store.Layers.OpenTar(layer).CopyTo(Stream.Null);
    }

    [Theory]
    [InlineData("""[{"Config":"gone.json","Layers":["layer0/layer.tar"]}]""", "lacks the configuration")]
    [InlineData("""[{"Config":"config.json","Layers":["layer0/layer.tar","gone"]}]""", "lacks the layer")]
    [InlineData("""[{"Config":"config.json","Layers":[]}]""", "no layers")]
    [InlineData("""[{"Config":"config.json","Layers":["layer0/layer.tar"]}]""", "lists 1 layers")]
    [InlineData("""{"Config":"config.json"}""", "malformed")]
    public async Task ResolveAsync_of_a_manifest_json_that_lies_says_what_is_wrong(string manifest, string reason)
    {
        List<TarEntry> entries = Legacy(s_image, "redis:7");
        entries.Add(Entry("manifest.json", Encoding.UTF8.GetBytes(manifest)));
        Write(entries);

        Assert.Contains(reason, (await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is not a tar archive at all, but some text that goes on for a while")]
    [InlineData("\u001f\u008b")]
    public async Task ResolveAsync_of_a_file_that_is_no_archive_fails(string content)
    {
        await File.WriteAllTextAsync(ArchivePath, content, Encoding.Latin1, Cancellation);

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
        Assert.Empty(_directory.Files("cache/tmp"));
    }

    [Fact]
    public async Task ResolveAsync_of_an_archive_that_is_cut_off_fails()
    {
        Write(Legacy(s_image, "redis:7"));
        byte[] content = await File.ReadAllBytesAsync(ArchivePath, Cancellation);
        await File.WriteAllBytesAsync(ArchivePath, content[..(content.Length / 2)], Cancellation);

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync());
    }

    [Fact]
    public async Task ResolveAsync_of_a_missing_file_says_so() =>
        Assert.Contains(
            ArchivePath, (await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync())).Message, StringComparison.Ordinal);

    private Task<Image> ResolveAsync(string? name = null, Platform? platform = null, IProgress<ImageProgress>? progress = null)
    {
        var reference = ImageReference.Parse($"docker-archive:{ArchivePath}{(name is null ? "" : ":" + name)}");
        return _store.ResolveAsync(reference, platform ?? Platform.LinuxAmd64, PullPolicy.Missing, progress, Cancellation);
    }

    /// <summary>Returns the entries of an archive in the form that Docker wrote before it supported OCI layouts.</summary>
    private static List<TarEntry> Legacy(OciImage image, string tag, string prefix = "")
    {
        List<TarEntry> entries = [Entry(prefix + "config.json", image.Config.Content)];
        var layers = new JsonArray();
        for (int i = 0; i < image.Layers.Count; i++)
        {
            entries.Add(Entry($"{prefix}layer{i}/layer.tar", image.Layers[i].Content));
            layers.Add((JsonNode)$"{prefix}layer{i}/layer.tar");
        }

        var manifest = new JsonObject
        {
            ["Config"] = prefix + "config.json",
            ["RepoTags"] = new JsonArray((JsonNode)tag),
            ["Layers"] = layers,
        };
        entries.Add(Entry("manifest.json", Json(new JsonArray(manifest))));
        return entries;
    }

    /// <summary>Writes the archive.</summary>
    /// <param name="entries">The entries of the archive.</param>
    /// <param name="compression">The program that compresses it.</param>
    /// <param name="merge">Whether the lists of several manifest.json are joined into one.</param>
    /// <param name="path">The path of the archive; <see cref="ArchivePath"/> by default.</param>
    private void Write(List<TarEntry> entries, string compression = "", bool merge = false, string? path = null)
    {
        if (merge)
        {
            TarEntry[] manifests = [.. entries.Where(entry => entry.Name == "manifest.json")];
            entries.RemoveAll(entry => entry.Name == "manifest.json");
            entries.Add(Entry("manifest.json", Json(new JsonArray(
                [.. manifests.SelectMany(entry => JsonNode.Parse(entry.DataStream!)!.AsArray()).Select(node => node!.DeepClone())]))));
        }

        var content = new MemoryStream();
        using (var writer = new TarWriter(content, leaveOpen: true))
            entries.ForEach(writer.WriteEntry);
        File.WriteAllBytes(path ?? ArchivePath, Compressor.Compress(compression, content.ToArray()));
    }

    private static PaxTarEntry Entry(string name, byte[] content) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    private static void Rename(List<TarEntry> entries, string from, string to) => entries.Single(entry => entry.Name == from).Name = to;

    private static byte[] Json(JsonNode document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
