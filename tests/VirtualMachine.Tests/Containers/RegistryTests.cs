using System.Net;
using Islet.Testing.Support;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>The way from a real registry that requires a login to a command's answer, with a cache that is empty at first.</summary>
public sealed class RegistryTests : IAsyncLifetime
{
    private const string Repository = "team/debian";
    private const string Tag = "12";

    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("islet-cache-");
    private DockerRegistry? _registry;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(DockerRegistry.IsInstalled, DockerRegistry.SkipReason);
        OciImage debian = LayoutImage.Read(TestImages.Layout("debian"));
        _registry = await DockerRegistry.StartAsync(requiresLogin: true, Cancelled);
        await _registry.PushAsync(debian, Repository, Tag, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
            await _registry.DisposeAsync();
        _cache.Delete(recursive: true);
    }

    [Fact]
    public async Task An_image_is_pulled_with_a_login_and_runs_and_is_not_pulled_again()
    {
        TestRuntime.RequireMachines();
        ContainerRuntime runtime = RuntimeWith(DockerRegistry.Password);
        await using (Container container = await Builder(Tag).StartAsync(runtime, Cancelled))
        {
            ExecResult release = await container.ExecAsync(["cat", "/etc/os-release"], cancellationToken: Cancelled);
            Assert.Contains("Debian GNU/Linux 12", release.Stdout, StringComparison.Ordinal);
        }

        await _registry!.StopAsync();
        await using Container offline = await Builder(Tag).StartAsync(runtime, Cancelled);
        Assert.Equal(ContainerState.Running, offline.State);
    }

    [Fact]
    public async Task A_wrong_password_is_told_as_such()
    {
        RegistryAuthenticationException exception = await Assert.ThrowsAsync<RegistryAuthenticationException>(
            () => Builder(Tag).StartAsync(RuntimeWith("wrong"), Cancelled));
        Assert.Contains(_registry!.Address, exception.Message, StringComparison.Ordinal);
        Assert.Equal($"{_registry.Address}/{Repository}:{Tag}", exception.Evidence.Image);
    }

    [Fact]
    public async Task An_unknown_tag_is_told_as_such()
    {
        ImageNotFoundException exception = await Assert.ThrowsAsync<ImageNotFoundException>(
            () => Builder("13").StartAsync(RuntimeWith(DockerRegistry.Password), Cancelled));
        Assert.Contains("13", exception.Message, StringComparison.Ordinal);
    }

    private ContainerBuilder Builder(string tag) => TestRuntime.Idle.WithImage($"{_registry!.Address}/{Repository}:{tag}");

    private ContainerRuntime RuntimeWith(string password) => new(new IsletOptions
    {
        CacheDirectory = _cache.FullName,
        RegistryCredentials = new Dictionary<string, NetworkCredential>
        {
            [_registry!.Address] = new NetworkCredential(DockerRegistry.Username, password),
        },
    });
}
