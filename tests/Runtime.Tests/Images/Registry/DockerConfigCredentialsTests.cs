using System.Text;
using Islet.Images.Registry;

namespace Islet.Tests.Images.Registry;

public sealed class DockerConfigCredentialsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LogRecorder _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("docker.io", "https://index.docker.io/v1/")]
    [InlineData("ghcr.io", "ghcr.io")]
    [InlineData("ghcr.io", "https://ghcr.io")]
    [InlineData("ghcr.io", "https://ghcr.io/v2/")]
    [InlineData("localhost:5000", "localhost:5000")]
    public async Task FindAsync_finds_what_docker_login_stored(string registry, string key)
    {
        Write($$$"""{"auths": {"{{{key}}}": {"auth": "{{{Encode("user:pass:word")}}}"} } }""");

        RegistryCredential? credential = await FindAsync(registry);

        Assert.Equal("user", credential?.Username);
        Assert.Equal("pass:word", credential?.Secret);
    }

    [Fact]
    public async Task FindAsync_of_an_identity_token_says_that_it_is_one()
    {
        string login = Encode("00000000-0000-0000-0000-000000000000:");
        Write($$$"""{"auths": {"ghcr.io": {"auth": "{{{login}}}", "identitytoken": "refresh"} } }""");

        Assert.True((await FindAsync("ghcr.io"))?.IsIdentityToken);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{}""")]
    [InlineData("""{"auths": {"elsewhere.example": {"auth": "dTpw"} } }""")]
    [InlineData("""{"auths": {"ghcr.io": {} } }""")]
    [InlineData("""{"auths": {"ghcr.io": null} }""")]
    [InlineData("""{"auths": {"ghcr.io": {"auth": "s3cret, not base64"} } }""")]
    [InlineData("""{"auths": {"ghcr.io": {"auth": "czNjcmV0"} } }""")]
    [InlineData("""{"auths": "s3cret" """)]
    [InlineData("""{"credsStore": "islet-test-does-not-exist"}""")]
    [InlineData("""{"credsStore": "../../bin/sh"}""")]
    public async Task FindAsync_without_a_usable_entry_gives_none_and_tells_no_secret(string? config)
    {
        if (config is not null)
            Write(config);

        Assert.Null(await FindAsync("ghcr.io"));
        Assert.DoesNotContain("s3cret", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_asks_the_helper_that_the_configuration_names()
    {
        string helper = InstallHelper(
            """read server; printf '{"ServerURL":"%s","Username":"for %s","Secret":"s3cret"}' "$server" "$server" """);
        Write($$$"""{"credsStore": "islet-test-does-not-exist", "credHelpers": {"ghcr.io": "{{{helper}}}"} }""");

        RegistryCredential? credential = await FindAsync("ghcr.io");

        Assert.Equal("for ghcr.io", credential?.Username);
        Assert.Equal("s3cret", credential?.Secret);
        Assert.DoesNotContain("s3cret", credential!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo 'credentials not found in native keychain'; exit 1")]
    [InlineData("echo 's3cret'")]
    [InlineData("cat > /dev/null; echo '{}'")]
    [InlineData("exec < /dev/null; exit 3")]
    public async Task FindAsync_falls_back_to_the_file_when_the_helper_knows_nothing(string script)
    {
        string helper = InstallHelper(script);
        Write($$$"""{"credsStore": "{{{helper}}}", "auths": {"ghcr.io": {"auth": "{{{Encode("user:password")}}}"} } }""");

        Assert.Equal("user", (await FindAsync("ghcr.io"))?.Username);
        Assert.DoesNotContain("s3cret", _log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quay.io", "org/app", "three")]
    [InlineData("quay.io", "org/other", "two")]
    [InlineData("quay.io", "organic/app", "one")]
    [InlineData("docker.io", "library/redis", "hub")]
    [InlineData("quay.io:443", "org/app", null)]
    public async Task FindAsync_prefers_the_key_that_fits_longest_as_Podman_writes_them(string registry, string repository, string? user)
    {
        Write($$$"""
            {"auths": {
              "quay.io": {"auth": "{{{Encode("one:p")}}}"}, "quay.io/org": {"auth": "{{{Encode("two:p")}}}"},
              "quay.io/org/app": {"auth": "{{{Encode("three:p")}}}"}, "docker.io": {"username": "hub", "password": "p"} } }
            """);

        Assert.Equal(user, (await DockerConfigCredentials.InFile(_directory.Combine("config.json"), _log)
            .FindAsync(registry, repository, Cancellation))?.Username);
    }

    [Fact]
    public async Task StoredCredentials_come_from_the_first_source_that_knows_the_registry()
    {
        var environment = new Dictionary<string, string>
        {
            ["DOCKER_AUTH_CONFIG"] = Auths("a.example", "environment"),
            ["REGISTRY_AUTH_FILE"] = _directory.Combine("chosen.json"),
            ["DOCKER_CONFIG"] = _directory.Combine("docker"),
            ["XDG_RUNTIME_DIR"] = _directory.Combine("run"),
        };
        Directory.CreateDirectory(_directory.Combine("docker"));
        Directory.CreateDirectory(_directory.Combine("run", "containers"));
        Directory.CreateDirectory(_directory.Combine("home", ".config", "containers"));
        await File.WriteAllTextAsync(_directory.Combine("chosen.json"), Auths("b.example", "chosen", "a.example"), Cancellation);
        await File.WriteAllTextAsync(_directory.Combine("docker", "config.json"), Auths("c.example", "docker", "b.example"), Cancellation);
        await File.WriteAllTextAsync(
            _directory.Combine("run", "containers", "auth.json"), Auths("d.example", "podman", "c.example"), Cancellation);
        await File.WriteAllTextAsync(
            _directory.Combine("home", ".config", "containers", "auth.json"), Auths("e.example", "home", "d.example"), Cancellation);

        var stored = StoredCredentials.From(environment.GetValueOrDefault, _directory.Combine("home"), _log);
        Assert.Equal(
            ["environment", "chosen", "docker", "podman", "home", "none"],
            await Task.WhenAll(new[] { "a", "b", "c", "d", "e", "f" }.Select(async name =>
                (await stored.FindAsync(name + ".example", "x", Cancellation))?.Username ?? "none")));
    }

    [Fact]
    public async Task StoredCredentials_in_the_environment_that_are_malformed_are_reported_without_their_text()
    {
        var stored = StoredCredentials.From(name => name == "DOCKER_AUTH_CONFIG" ? "{\"auths\": s3cret" : null, _directory.Path, _log);

        Assert.Null(await stored.FindAsync("ghcr.io", "x", Cancellation));
        Assert.Contains("DOCKER_AUTH_CONFIG", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", _log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docker", "“docker login ghcr.io”")]
    [InlineData("podman", "“podman login ghcr.io”")]
    [InlineData("", "IsletOptions.RegistryCredentials")]
    public void LoginAdvice_names_only_a_program_that_is_there(string program, string expected)
    {
        string advice = LoginAdvice.For("ghcr.io", name => name == program);
        Assert.StartsWith(expected, advice, StringComparison.Ordinal);
        Assert.Contains("DOCKER_AUTH_CONFIG", advice, StringComparison.Ordinal);
        Assert.Equal(program.Length > 0, advice.Contains("login", StringComparison.Ordinal));
    }

    private static string Auths(string registry, string user, string? andWrongly = null) =>
        $$$"""{"auths": {"{{{registry}}}": {"auth": "{{{Encode(user + ":p")}}}"}"""
        + $$$""", "{{{andWrongly ?? "none.example"}}}": {"auth": "{{{Encode("wrong:p")}}}"} } }""";

    private Task<RegistryCredential?> FindAsync(string registry) =>
        DockerConfigCredentials.InFile(_directory.Combine("config.json"), _log).FindAsync(registry, "library/redis", Cancellation);

    private void Write(string config) => File.WriteAllText(_directory.Combine("config.json"), config);

    private static string Encode(string pair) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    /// <summary>Puts a credential helper on the PATH, and returns its name.</summary>
    private string InstallHelper(string script)
    {
        string name = "islet-test-" + Guid.NewGuid().ToString("n");
        string path = _directory.Combine("docker-credential-" + name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", $"{Environment.GetEnvironmentVariable("PATH")}:{_directory.Path}");
        return name;
    }
}
