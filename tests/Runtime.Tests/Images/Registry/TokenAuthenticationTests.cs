using Islet.Images;
using Islet.Images.Registry;
using Islet.Images.Store;
using Islet.Testing.Support;
using static Islet.Tests.Images.Registry.FakeRegistry;

namespace Islet.Tests.Images.Registry;

/// <summary>Bearer tokens: the repository they are for, their issuer, and the credentials for them.</summary>
public sealed class TokenAuthenticationTests : IDisposable
{
    private const string Secret = "p4ss-w0rd";
    private static readonly OciImage s_image = new OciImageBuilder().Layer(layer => layer.File("hello", "world")).Build();

    private readonly TemporaryDirectory _cache = new();
    private readonly LogRecorder _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public async Task A_token_is_fetched_for_one_repository_whatever_the_challenge_proposes()
    {
        await using FakeRegistry registry = WithTokens("scope=\"repository:*:push,delete\"");

        await ResolveAsync(registry, "one:1");

        Request token = Assert.Single(registry.Requests, request => request.Path.StartsWith("/token", StringComparison.Ordinal));
        Assert.Equal("/token?realm=kept&service=fake&scope=repository%3Aone%3Apull", token.Path);
        Assert.Null(token.Authorization);
    }

    [Fact]
    public async Task Each_repository_gets_a_token_of_its_own()
    {
        await using FakeRegistry registry = WithTokens();
        using ImageStore store = CreateStore(registry, credential: null);

        foreach (string name in new[] { "one:1", "two:1" })
            await store.ResolveAsync(
                ImageReference.Parse($"{registry.Address}/{name}"), Platform.LinuxAmd64, cancellationToken: Cancellation);

        Assert.Equal(2, registry.Requests.Count(request => request.Path.StartsWith("/token", StringComparison.Ordinal)));
        Assert.All(
            registry.Requests.Where(
                request => request.Path.StartsWith("/v2/two/", StringComparison.Ordinal) && request.Authorization is not null),
            request => Assert.Equal("Bearer token-for-two", request.Authorization));
    }

    [Fact]
    public async Task Credentials_go_to_the_registrys_own_token_server_only()
    {
        await using FakeRegistry registry = WithTokens();

        await ResolveAsync(registry, "one:1", RegistryCredential.Password("user", Secret));

        Assert.All(registry.Requests, request => Assert.Equal(
            request.Path.StartsWith("/token", StringComparison.Ordinal),
            request.Authorization?.StartsWith("Basic ", StringComparison.Ordinal) ?? false));
    }

    [Fact]
    public async Task A_token_server_of_another_host_gets_no_credentials()
    {
        await using var thief = new FakeRegistry(_ => Response.Json("""{"token":"token-for-one"}"""));
        await using var registry = new FakeRegistry(request => request.Authorization is null && request.Path != "/v2/"
            ? Response.Challenge($"Bearer realm=\"http://localhost:{thief.Port}/token\",service=\"fake\"")
            : Serve(s_image, request));

        RegistryAuthenticationException error = await Assert.ThrowsAsync<RegistryAuthenticationException>(
            () => ResolveAsync(registry, "one:1", RegistryCredential.Password("user", Secret)));

        Assert.Empty(thief.Requests);
        Assert.Contains("not sent", error.Message, StringComparison.Ordinal);
        Assert.Contains($"localhost:{thief.Port}", error.Message, StringComparison.Ordinal);
        await ResolveAsync(registry, "one:1");
        Assert.Null(Assert.Single(thief.Requests).Authorization);
    }

    [Fact]
    public async Task A_token_server_elsewhere_gets_the_credentials_that_are_stored_for_it()
    {
        await using var server = new FakeRegistry(_ => Response.Json("""{"token":"token-for-one"}"""));
        await using var registry = new FakeRegistry(request => request.Authorization is null && request.Path != "/v2/"
            ? Response.Challenge($"Bearer realm=\"http://localhost:{server.Port}/token\",service=\"fake\"")
            : Serve(s_image, request));
        await File.WriteAllTextAsync(
            _cache.Combine("docker.json"), $$$"""{"auths":{"localhost:{{{server.Port}}}":{"username":"theirs","password":"x"} } }""",
            Cancellation);

        await ResolveAsync(registry, "one:1", RegistryCredential.Password("user", Secret));

        string sent = Convert.ToBase64String("theirs:x"u8);
        Assert.Equal("Basic " + sent, Assert.Single(server.Requests).Authorization);
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_and_not_shown()
    {
        await using FakeRegistry registry = WithTokens();

        await ResolveAsync(registry, "one:1", RegistryCredential.IdentityToken(Secret));

        Request exchange = Assert.Single(registry.Requests, request => request.Method == "POST");
        Assert.Contains("grant_type=refresh_token", exchange.Body, StringComparison.Ordinal);
        Assert.Contains("refresh_token=" + Secret, exchange.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, exchange.Path + _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_password_is_reported_without_the_password()
    {
        await using var registry = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => new Response(200),
            _ when request.Path.StartsWith("/token", StringComparison.Ordinal) => new Response(401),
            _ => Response.Challenge($"Bearer realm=\"http://{request.Headers["Host"]}/token\""),
        });

        RegistryAuthenticationException error = await Assert.ThrowsAsync<RegistryAuthenticationException>(
            () => ResolveAsync(registry, "one:1", RegistryCredential.Password("user", Secret)));

        Assert.True(error.CredentialsGiven);
        Assert.Contains("“user”", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error + _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_has_expired_is_replaced()
    {
        int tokens = 0;
        await using var registry = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => new Response(200),
            _ when request.Path.StartsWith("/token", StringComparison.Ordinal) =>
                Response.Json($$"""{"access_token":"t{{Interlocked.Increment(ref tokens)}}","expires_in":3600}"""),
            _ when request.Path.Contains("/manifests/", StringComparison.Ordinal) && request.Authorization == "Bearer t1" =>
                Serve(s_image, request),
            _ when request.Authorization == "Bearer t2" => Serve(s_image, request),
            _ => Response.Challenge($"Bearer realm=\"http://{request.Headers["Host"]}/token\""),
        });

        await ResolveAsync(registry, "one:1");

        Assert.Equal(2, tokens);
    }

    [Theory]
    [InlineData("""{"token":"a\r\nX-Injected: yes"}""")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{}""")]
    [InlineData("""p4ss-w0rd""")]
    public async Task A_token_server_that_answers_nonsense_is_reported(string answer)
    {
        await using var registry = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => new Response(200),
            _ when request.Path.StartsWith("/token", StringComparison.Ordinal) => Response.Json(answer),
            _ => Response.Challenge($"Bearer realm=\"http://{request.Headers["Host"]}/token\""),
        });

        RegistryAuthenticationException error =
            await Assert.ThrowsAsync<RegistryAuthenticationException>(() => ResolveAsync(registry, "one:1"));

        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docker.io", "https://auth.docker.io/token", true)]
    [InlineData("ghcr.io", "https://ghcr.io/token", true)]
    [InlineData("quay.io", "https://auth.quay.io/token", true)]
    [InlineData("registry.gitlab.com", "https://gitlab.com/jwt/auth", true)]
    [InlineData("gcr.io", "https://gcr.io/v2/token", true)]
    [InlineData("europe-west1-docker.pkg.dev", "https://europe-west1-docker.pkg.dev/v2/token", true)]
    [InlineData("public.ecr.aws", "https://public.ecr.aws/token/", true)]
    [InlineData("mine.azurecr.io", "https://mine.azurecr.io/oauth2/token", true)]
    [InlineData("registry.cn-hangzhou.aliyuncs.com", "https://dockerauth.cn-hangzhou.aliyuncs.com/auth", true)]
    [InlineData("harbor.example.org", "https://harbor.example.org/service/token", true)]
    [InlineData("registry.example.org", "https://gitlab.example.org/jwt/auth", true)]
    [InlineData("127.0.0.1:5000", "http://127.0.0.1:5000/token", true)]
    [InlineData("gitlab.example.com:5050", "https://gitlab.example.com/jwt/auth", true)]
    [InlineData("registry.example.co.uk", "https://auth.example.co.uk/token", true)]
    [InlineData("127.0.0.1:5000", "http://127.0.0.1:5001/token", false)]
    [InlineData("registry.example:5000", "https://registry.example:5001/token", false)]
    [InlineData("registry.example:5000", "https://registry.example:22/token", false)]
    [InlineData("x.co.uk", "https://evil.co.uk/token", false)]
    [InlineData("x.com.au", "https://evil.com.au/token", false)]
    [InlineData("mine.azurecr.io", "https://evil.azurecr.io/token", false)]
    [InlineData("mine.github.io", "https://evil.github.io/token", false)]
    [InlineData("registry.mine.github.io", "https://registry.evil.github.io/token", false)]
    [InlineData("mine.compute-1.amazonaws.com", "https://evil.compute-1.amazonaws.com/token", false)]
    [InlineData("mine.amazonaws.com.cn", "https://evil.amazonaws.com.cn/token", false)]
    [InlineData("mine.fly.dev", "https://evil.fly.dev/token", false)]
    [InlineData("mine.k12.us", "https://evil.k12.us/token", false)]
    [InlineData("x.gov.uk", "https://evil.gov.uk/token", false)]
    [InlineData("1.dkr.ecr.eu-west-1.amazonaws.com", "https://2.dkr.ecr.eu-west-1.amazonaws.com/token", false)]
    [InlineData("example.com", "https://evil.com/token", false)]
    [InlineData("docker.io", "https://auth.docker.io.evil.example/token", false)]
    [InlineData("docker.io", "https://evil-docker.io/token", false)]
    [InlineData("ghcr.io", "https://quay.io/token", false)]
    [InlineData("10.0.0.1:5000", "https://9.0.0.1/token", false)]
    [InlineData("127.0.0.1:5000", "http://localhost:5001/token", false)]
    [InlineData("localhost:5000", "https://evil.localhost.example/token", false)]
    public void A_realm_may_receive_credentials_if_it_belongs_to_the_registry(string registry, string realm, bool allowed) =>
        Assert.Equal(allowed, TokenRealm.Parse(realm, RegistryEndpoint.For(registry, new HashSet<string>())).MayReceiveCredentials);

    [Theory]
    [InlineData("ghcr.io", "http://ghcr.io/token")]
    [InlineData("ghcr.io", "https://user:password@ghcr.io/token")]
    [InlineData("ghcr.io", "file:///etc/passwd")]
    [InlineData("ghcr.io", "/token")]
    [InlineData("ghcr.io", null)]
    public void A_realm_that_is_not_safe_is_refused(string registry, string? realm) =>
        Assert.Throws<RegistryAuthenticationException>(
            () => TokenRealm.Parse(realm, RegistryEndpoint.For(registry, new HashSet<string>())));

    [Theory]
    [InlineData("realm=\"https://a/t\",service=\"s\"", "https://a/t", "s")]
    [InlineData("service=s , Realm=\"a\\\"b,c=d\"", "a\"b,c=d", "s")]
    [InlineData("realm=\"unterminated", null, null)]
    [InlineData("realm=a,realm=b,service=", "a", null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void A_challenge_is_read_as_the_rfc_has_it(string? parameters, string? realm, string? service)
    {
        var challenge = AuthenticationChallenge.Parse("Bearer", parameters);

        Assert.Equal(realm, challenge.Parameters.GetValueOrDefault("realm"));
        Assert.Equal(service, challenge.Parameters.GetValueOrDefault("service"));
    }

    /// <summary>Creates a registry that issues a token for each repository and requires it.</summary>
    private static FakeRegistry WithTokens(string challenge = "error=\"none\"") => new(request =>
    {
        if (request.Path == "/v2/")
            return new Response(200);
        if (request.Path.StartsWith("/token", StringComparison.Ordinal))
        {
            string scope = Uri.UnescapeDataString(request.Path + request.Body);
            return Response.Json(
                $$"""{"token":"token-for-{{(scope.Contains("repository:two:", StringComparison.Ordinal) ? "two" : "one")}}"}""");
        }

        string repository = request.Path.Split('/')[2];
        return request.Authorization == "Bearer token-for-" + repository
            ? Serve(s_image, request)
            : Response.Challenge($"Bearer realm=\"http://{request.Headers["Host"]}/token?realm=kept\",service=\"fake\",{challenge}");
    });

    private ImageStore CreateStore(FakeRegistry registry, RegistryCredential? credential) => new(
        _cache.Path,
        new RegistryOptions
        {
            Credentials = credential is null ? new Dictionary<string, RegistryCredential>() : new() { [registry.Address] = credential },
            CredentialSource = DockerConfigCredentials.InFile(_cache.Combine("docker.json"), _log),
            RetryDelay = TimeSpan.FromMilliseconds(1),
        },
        _log);

    private async Task<Image> ResolveAsync(FakeRegistry registry, string name, RegistryCredential? credential = null)
    {
        using ImageStore store = CreateStore(registry, credential);
        return await store.ResolveAsync(
            ImageReference.Parse($"{registry.Address}/{name}"), Platform.LinuxAmd64, cancellationToken: Cancellation);
    }
}
