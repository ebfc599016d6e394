using Islet.Images;
using Islet.Images.Registry;
using Islet.Images.Store;
using Islet.Testing.Support;

namespace Islet.Tests.Images.Registry;

/// <summary>A real registry that asks for a user and a password.</summary>
public sealed class RegistryLoginTests : IAsyncLifetime
{
    private static readonly OciImage s_image = new OciImageBuilder().Layer(layer => layer.File("hello", "world")).Build();

    private readonly TemporaryDirectory _cache = new();
    private readonly LogRecorder _log = new();
    private DockerRegistry _registry = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(DockerRegistry.IsInstalled, DockerRegistry.SkipReason);
        _registry = await DockerRegistry.StartAsync(requiresLogin: true, Cancellation);
        await _registry.PushAsync(s_image, "hello", "1", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _cache.Dispose();
        _log.Dispose();
        if (_registry is not null)
            await _registry.DisposeAsync();
    }

    [Fact]
    public async Task ResolveAsync_with_the_right_password_pulls()
    {
        Image image = await ResolveAsync(RegistryCredential.Password(DockerRegistry.Username, DockerRegistry.Password));

        Assert.Equal(s_image.Manifest.Digest, image.ManifestDigest.ToString());
        Assert.DoesNotContain(DockerRegistry.Password, _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_with_a_wrong_password_says_whose_and_not_which()
    {
        RegistryAuthenticationException error = await Assert.ThrowsAsync<RegistryAuthenticationException>(
            () => ResolveAsync(RegistryCredential.Password(DockerRegistry.Username, "not-the-password")));

        Assert.True(error.CredentialsGiven);
        Assert.Contains(DockerRegistry.Username, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-password", error + _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_without_a_password_says_how_to_log_in()
    {
        RegistryAuthenticationException error = await Assert.ThrowsAsync<RegistryAuthenticationException>(() => ResolveAsync(null));

        Assert.False(error.CredentialsGiven);
        Assert.Contains(LoginAdvice.For(_registry.Address), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_finds_the_password_that_docker_login_stored()
    {
        string auth = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{DockerRegistry.Username}:{DockerRegistry.Password}"));
        await File.WriteAllTextAsync(
            _cache.Combine("config.json"), $$$"""{"auths": {"{{{_registry.Address}}}": {"auth": "{{{auth}}}"} } }""", Cancellation);

        Image image = await ResolveAsync(null, DockerConfigCredentials.InFile(_cache.Combine("config.json"), _log));

        Assert.Equal(s_image.Manifest.Digest, image.ManifestDigest.ToString());
    }

    private async Task<Image> ResolveAsync(RegistryCredential? credential, IRegistryCredentialSource? source = null)
    {
        var options = new RegistryOptions
        {
            Credentials = credential is null ? new Dictionary<string, RegistryCredential>() : new() { [_registry.Address] = credential },
            CredentialSource = source ?? DockerConfigCredentials.InFile(_cache.Combine("no-docker"), _log),
        };
        using var store = new ImageStore(_cache.Path, options, _log);
        return await store.ResolveAsync(
            ImageReference.Parse($"{_registry.Address}/hello:1"), Platform.LinuxAmd64, cancellationToken: Cancellation);
    }
}
