using Islet.Testing.Support;

namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>The conditions under which a registry is asked for an image, as seen from the started container.</summary>
public sealed class PullPolicyTests : IAsyncLifetime
{
    private const string Repository = "team/app";

    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("islet-cache-");
    private readonly ContainerRuntime _runtime;
    private DockerRegistry? _registry;

    public PullPolicyTests() => _runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _cache.FullName });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(DockerRegistry.IsInstalled, DockerRegistry.SkipReason);
        _registry = await DockerRegistry.StartAsync(cancellationToken: Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        if (_registry is not null)
            await _registry.DisposeAsync();
        _cache.Delete(recursive: true);
    }

    [Fact]
    public async Task Never_takes_what_is_there_missing_pulls_once_and_always_follows_the_tag()
    {
        TestRuntime.RequireMachines();
        OciImage first = LayoutImage.Read(TestImages.Layout("debian")), second = LayoutImage.Read(TestImages.Layout("redis"));
        await _registry!.PushAsync(first, Repository, "latest", Cancelled);
        await Assert.ThrowsAsync<ImageNotFoundException>(() => StartAsync(PullPolicy.Never));
        Assert.Equal(first.Manifest.Digest, await DigestAsync(PullPolicy.Missing));

        await _registry.PushAsync(second, Repository, "latest", Cancelled);
        Assert.Equal(first.Manifest.Digest, await DigestAsync(PullPolicy.Missing));
        Assert.Equal(second.Manifest.Digest, await DigestAsync(PullPolicy.Always));
        Assert.Equal(second.Manifest.Digest, await DigestAsync(PullPolicy.Never));

        await _registry.StopAsync();
        await Assert.ThrowsAsync<RegistryUnreachableException>(() => StartAsync(PullPolicy.Always));
    }

    private async Task<string> DigestAsync(PullPolicy policy)
    {
        await using Container container = await StartAsync(policy);
        return container.ImageDigest.ToString();
    }

    private Task<Container> StartAsync(PullPolicy policy) => TestRuntime.Idle
        .WithImage($"{_registry!.Address}/{Repository}:latest").WithPullPolicy(policy).WithEntrypoint("sleep", "infinity")
        .StartAsync(_runtime, Cancelled);
}
