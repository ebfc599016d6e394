using Islet.Images;
using Islet.Images.Registry;
using Islet.Images.Store;
using Islet.Testing.Support;
using static Islet.Tests.Images.Registry.FakeRegistry;

namespace Islet.Tests.Images.Registry;

/// <summary>Registries that break off, lie, stall, or redirect us elsewhere.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private static readonly OciImage s_image = new OciImageBuilder().Layer(layer => layer.File("random", RandomBytes(300_000))).Build();
    private static readonly OciBlob s_layer = s_image.Layers[0];

    private readonly TemporaryDirectory _cache = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_transient_failure_is_tried_again(int status)
    {
        int failures = 0;
        await using var registry = new FakeRegistry(request =>
            request.Path.Contains("/manifests/", StringComparison.Ordinal) && Interlocked.Increment(ref failures) <= 2
                ? new Response(status) { Headers = { ["Retry-After"] = "0" } }
                : Serve(s_image, request));

        await ResolveAsync(registry);

        Assert.Equal(3, registry.Requests.Count(request => request.Path.Contains("/manifests/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_registry_that_keeps_failing_is_given_up()
    {
        await using var registry = new FakeRegistry(request => request.Path == "/v2/" ? new Response(200) : new Response(503));

        RegistryUnreachableException error = await Assert.ThrowsAsync<RegistryUnreachableException>(() => ResolveAsync(registry));

        Assert.Contains("503", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, registry.Requests.Count);
    }

    [Fact]
    public async Task A_registry_that_asks_for_a_long_pause_is_not_waited_for()
    {
        await using var registry = new FakeRegistry(request =>
            request.Path == "/v2/" ? new Response(200) : new Response(429) { Headers = { ["Retry-After"] = "3600" } });

        RegistryUnreachableException error = await Assert.ThrowsAsync<RegistryUnreachableException>(() => ResolveAsync(registry));

        Assert.Contains("429", error.Message, StringComparison.Ordinal);
        Assert.Single(registry.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_that_breaks_off_is_resumed(bool serverKnowsRanges)
    {
        int cuts = 0;
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? Interlocked.Increment(ref cuts) switch
            {
                1 => new Response(200, s_layer.Content) { CutAfter = 100_000 },
                _ when serverKnowsRanges => Serve(s_image, request),
                _ => new Response(200, s_layer.Content),
            }
            : Serve(s_image, request));

        Image image = await ResolveAsync(registry);

        Assert.Equal(
            s_layer.Content, await File.ReadAllBytesAsync(new ContentStore(_cache.Path).PathOf(image.Layers[0].Digest), Cancellation));
        Assert.Contains(registry.Requests, request => request.RangeStart is > 0 and <= 100_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_download_is_resumed_as_often_as_it_takes_when_each_connection_brings_it_further(bool endsCleanly)
    {
        // Three resumptions are allowed without progress; 300 kB in pieces of 70 kB take four.
        const int piece = 70_000;
        await using var registry = new FakeRegistry(request =>
        {
            if (!request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal))
                return Serve(s_image, request);
            int start = request.RangeStart ?? 0;
            return new Response(start == 0 ? 200 : 206, s_layer.Content[start..])
            {
                CutAfter = Math.Min(piece, s_layer.Content.Length - start),
                HasNoLength = endsCleanly,
                Headers = { ["Content-Range"] = $"bytes {start}-{s_layer.Content.Length - 1}/{s_layer.Content.Length}" },
            };
        });

        Image image = await ResolveAsync(registry);

        Assert.Equal(
            s_layer.Content, await File.ReadAllBytesAsync(new ContentStore(_cache.Path).PathOf(image.Layers[0].Digest), Cancellation));
        Assert.Equal(1 + (s_layer.Content.Length / piece), registry.Requests.Count(
            request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blob_that_is_shorter_than_its_manifest_says_is_invalid(bool serverKnowsRanges)
    {
        byte[] shorter = s_layer.Content[..100_000];
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? request.RangeStart is null || !serverKnowsRanges ? new Response(200, shorter) { HasNoLength = true } : new Response(416)
            : Serve(s_image, request));

        Exception? error = await Record.ExceptionAsync(() => ResolveAsync(registry));

        Assert.True(error is InvalidImageException || !serverKnowsRanges, error?.ToString());
        Assert.IsAssignableFrom<ImageException>(error);
        Assert.Empty(_cache.Files("tmp"));
    }

    [Fact]
    public async Task A_registry_that_dribbles_is_given_up()
    {
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? new Response(200, s_layer.Content) { Dribbles = true }
            : Serve(s_image, request));

        RegistryUnreachableException error =
            await Assert.ThrowsAsync<RegistryUnreachableException>(() => ResolveAsync(registry, silence: TimeSpan.FromMilliseconds(200)));

        Assert.Contains("bytes a second", error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files("tmp"));
    }

    [Fact]
    public async Task A_download_resumed_with_the_wrong_part_fails()
    {
        int cuts = 0;
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? Interlocked.Increment(ref cuts) == 1
                ? new Response(200, s_layer.Content) { CutAfter = 100_000 }
                : new Response(206, s_layer.Content[200_000..]) { Headers = { ["Content-Range"] = "bytes 200000-300000/300001" } }
            : Serve(s_image, request));

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync(registry));
        Assert.Empty(_cache.Files("tmp"));
    }

    [Fact]
    public async Task A_download_that_falls_silent_is_resumed()
    {
        int stalls = 0;
        await using var registry = new FakeRegistry(request =>
            request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal) && Interlocked.Increment(ref stalls) == 1
            ? new Response(200, s_layer.Content) { CutAfter = 100_000, Stalls = true }
            : Serve(s_image, request));

        await ResolveAsync(registry, silence: TimeSpan.FromMilliseconds(300));

        Assert.Contains(registry.Requests, request => request.RangeStart is > 0);
    }

    [Fact]
    public async Task A_registry_that_stays_silent_is_given_up()
    {
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? new Response(200, s_layer.Content) { CutAfter = 0, Stalls = true }
            : Serve(s_image, request));

        RegistryUnreachableException error =
            await Assert.ThrowsAsync<RegistryUnreachableException>(() => ResolveAsync(registry, silence: TimeSpan.FromMilliseconds(100)));

        Assert.Contains("silent", error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files("tmp"));
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_a_download_leaves_nothing_half_written()
    {
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? new Response(200, s_layer.Content) { CutAfter = 100_000, Stalls = true }
            : Serve(s_image, request));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        Task<Image> pull = ResolveAsync(registry, cancellation: cancel.Token);
        await registry.Stalled.WaitAsync(Cancellation);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        Assert.Empty(_cache.Files("tmp"));
        Assert.Empty(_cache.Files("refs"));
        Assert.DoesNotContain(Path.Combine("blobs", "sha256", s_layer.Hex), _cache.Files());
    }

    [Fact]
    public async Task A_manifest_that_is_not_the_announced_one_is_refused()
    {
        await using var registry = new FakeRegistry(request =>
        {
            Response response = Serve(s_image, request);
            if (request.Path.Contains("/manifests/", StringComparison.Ordinal))
                response.Headers["Docker-Content-Digest"] = s_layer.Digest;
            return response;
        });

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync(registry));
        Assert.Contains("announced", error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files("blobs"));
    }

    [Fact]
    public async Task A_manifest_that_is_not_the_one_of_the_digest_is_refused()
    {
        await using var registry = new FakeRegistry(request => Serve(s_image, request));

        InvalidImageException error =
            await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync(registry, "hello@" + s_layer.Digest));

        Assert.Contains(s_layer.Digest, error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files("blobs"));
    }

    [Fact]
    public async Task A_manifest_handed_out_as_an_index_is_refused()
    {
        await using var registry = new FakeRegistry(request =>
        {
            Response response = Serve(s_image, request);
            if (request.Path.Contains("/manifests/", StringComparison.Ordinal))
                response.Headers["Content-Type"] = OciImageBuilder.IndexType;
            return response;
        });

        await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync(registry));
    }

    [Fact]
    public async Task A_manifest_without_end_is_refused()
    {
        await using var registry = new FakeRegistry(request =>
            request.Path.Contains("/manifests/", StringComparison.Ordinal)
                ? new Response(200, new byte[ManifestParser.MaxDocumentSize + 1])
                : Serve(s_image, request));

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync(registry));
        Assert.Contains("4 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_longer_than_its_descriptor_says_is_refused()
    {
        await using var registry = new FakeRegistry(request => request.Path.EndsWith(s_layer.Digest, StringComparison.Ordinal)
            ? new Response(200, [.. s_layer.Content, .. new byte[1000]])
            : Serve(s_image, request));

        InvalidImageException error = await Assert.ThrowsAsync<InvalidImageException>(() => ResolveAsync(registry));
        Assert.Contains("longer", error.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Files("tmp"));
    }

    [Fact]
    public async Task A_redirect_to_another_host_carries_no_authorization()
    {
        await using var elsewhere = new FakeRegistry(request => Serve(s_image, request));
        await using var registry = new FakeRegistry(request => request.Authorization is null && request.Path != "/v2/"
            ? Response.Challenge("Basic realm=\"fake\"")
            : request.Path.Contains("/blobs/", StringComparison.Ordinal)
                ? Response.Redirect($"http://{elsewhere.Address}{request.Path}")
                : Serve(s_image, request));

        await ResolveAsync(registry, credential: RegistryCredential.Password("user", "secret"));

        Assert.Equal(2, elsewhere.Requests.Count);
        Assert.All(elsewhere.Requests, request => Assert.Null(request.Authorization));
        Assert.Contains(registry.Requests, request => request.Authorization is not null);
    }

    [Fact]
    public async Task Where_a_redirect_leads_cannot_ask_for_credentials()
    {
        await using var elsewhere = new FakeRegistry(_ => Response.Challenge("Basic realm=\"fake\""));
        await using var registry = new FakeRegistry(request =>
            request.Path.Contains("/blobs/", StringComparison.Ordinal)
                ? Response.Redirect($"http://{elsewhere.Address}/")
                : Serve(s_image, request));

        await Assert.ThrowsAsync<RegistryUnreachableException>(
            () => ResolveAsync(registry, credential: RegistryCredential.Password("user", "secret")));
        Assert.All(elsewhere.Requests, request => Assert.Null(request.Authorization));
    }

    [Theory]
    [InlineData("/v2/hello/manifests/again")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task A_redirect_that_leads_nowhere_is_given_up(string location)
    {
        await using var registry = new FakeRegistry(request => request.Path == "/v2/" ? new Response(200) : Response.Redirect(location));

        await Assert.ThrowsAsync<RegistryUnreachableException>(() => ResolveAsync(registry));
        Assert.InRange(registry.Requests.Count, 1, 6);
    }

    private async Task<Image> ResolveAsync(
        FakeRegistry registry,
        string name = "hello:1",
        RegistryCredential? credential = null,
        TimeSpan? silence = null,
        CancellationToken? cancellation = null)
    {
        using var store = new ImageStore(_cache.Path, new RegistryOptions
        {
            Credentials = credential is null ? new Dictionary<string, RegistryCredential>() : new() { [registry.Address] = credential },
            RetryDelay = TimeSpan.FromMilliseconds(1),
            SilenceTimeout = silence ?? TimeSpan.FromMinutes(1),
        });
        return await store.ResolveAsync(
            ImageReference.Parse($"{registry.Address}/{name}"), Platform.LinuxAmd64, cancellationToken: cancellation ?? Cancellation);
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
