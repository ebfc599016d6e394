using System.Diagnostics;
using Islet.Images;
using Islet.Images.Store;
using Islet.Testing.Support;
using static Islet.Tests.Images.Registry.FakeRegistry;

namespace Islet.Tests.Images.Registry;

/// <summary>Several processes, some of which die, over one cache directory.</summary>
public sealed class ProcessesSharingAStoreTests : IDisposable
{
    private const string ReferenceVariable = "ISLET_TEST_PULL_REFERENCE";
    private const string CacheVariable = "ISLET_TEST_PULL_CACHE";

    private static readonly OciImage s_image = new OciImageBuilder()
        .Layer(layer => layer.File("one", RandomBytes(400_000)))
        .Layer(layer => layer.File("two", RandomBytes(500_000)))
        .Build();

    private readonly TemporaryDirectory _cache = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    /// <summary>The work of the other processes: this same program, told to run this one test.</summary>
    [Fact(Explicit = true)]
    public async Task Pull_in_a_process_of_its_own()
    {
        string? reference = Environment.GetEnvironmentVariable(ReferenceVariable);
        string? cache = Environment.GetEnvironmentVariable(CacheVariable);
        Assert.SkipWhen(reference is null || cache is null, "it only makes sense when another test starts it");

        using var store = new ImageStore(cache);
        Image image = await store.ResolveAsync(ImageReference.Parse(reference), Platform.LinuxAmd64, cancellationToken: Cancellation);
        Assert.Equal(s_image.Manifest.Digest, image.ManifestDigest.ToString());
    }

    [Fact]
    public async Task An_image_pulled_by_several_processes_at_once_is_transferred_once()
    {
        await using var registry = new FakeRegistry(request => Serve(s_image, request));
        Process[] processes = [.. Enumerable.Range(0, 3).Select(_ => StartPull(registry))];

        foreach (Process process in processes)
        {
            using (process)
            {
                string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
                await process.WaitForExitAsync(Cancellation);
                Assert.True(process.ExitCode == 0, output);
            }
        }

        int transfers = registry.Requests.Count(
            request => s_image.Layers.Any(layer => request.Path.EndsWith(layer.Digest, StringComparison.Ordinal)));
        Assert.Equal(s_image.Layers.Count, transfers);
        Assert.Equal(s_image.Blobs.Count(), _cache.Files("blobs").Count);
    }

    [Fact]
    public async Task A_process_killed_in_the_middle_of_a_pull_harms_nobody()
    {
        int stalls = 0;
        await using var registry = new FakeRegistry(request =>
            request.Path.EndsWith(s_image.Layers[1].Digest, StringComparison.Ordinal) && Interlocked.Increment(ref stalls) == 1
                ? new Response(200, s_image.Layers[1].Content) { CutAfter = 300_000, Stalls = true }
                : Serve(s_image, request));
        using (Process doomed = StartPull(registry))
        {
            await registry.Stalled.WaitAsync(Cancellation);
            await WaitForTemporaryFileAsync();
            doomed.Kill(); // SIGKILL: nothing of it runs any more, no cleaning up either
            await doomed.WaitForExitAsync(Cancellation);
        }

        Assert.Single(_cache.Files("tmp"));
        using var store = new ImageStore(_cache.Path);
        Image image =
            await store.ResolveAsync(
                ImageReference.Parse($"{registry.Address}/hello:1"), Platform.LinuxAmd64, cancellationToken: Cancellation);
        store.Content.RemoveAbandonedFiles(DateTime.UtcNow + BlobWriter.LongestPause);

        Assert.All(image.Layers, layer => store.Layers.OpenTar(layer).CopyTo(Stream.Null));
        Assert.Empty(_cache.Files("tmp"));
    }

    private Process StartPull(FakeRegistry registry)
    {
        string method = $"{typeof(ProcessesSharingAStoreTests).FullName}.{nameof(Pull_in_a_process_of_its_own)}";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Islet.Tests"), ["-explicit", "only", "-method", method])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                [ReferenceVariable] = $"{registry.Address}/hello:1",
                [CacheVariable] = _cache.Path,

                // A killed process leaves its temporary files: .NET's own, and the fields of this class.
                ["TMPDIR"] = Directory.CreateDirectory(_cache.Combine("temporary")).FullName,
            },
        };
        return Process.Start(start)!;
    }

    // The registry stops sending after one part; the file for that part appears at about that time.
    private async Task WaitForTemporaryFileAsync()
    {
        using var watcher = new FileSystemWatcher(_cache.Path) { IncludeSubdirectories = true };
        var changed = new SemaphoreSlim(0);
        watcher.Created += (_, _) => changed.Release();
        watcher.Changed += (_, _) => changed.Release();
        watcher.Deleted += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        while (!File.Exists(new ContentStore(_cache.Path).PathOf(Digest.Parse(s_image.Layers[0].Digest))) || _cache.Files("tmp").Count != 1)
            await changed.WaitAsync(Cancellation);
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
