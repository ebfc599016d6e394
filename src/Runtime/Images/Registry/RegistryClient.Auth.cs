using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Islet.Images.Registry;

/// <content>Authentication: Basic credentials, or a token for one repository (distribution specification, token authentication).</content>
internal sealed partial class RegistryClient
{
    private const int MaxTokenDocumentSize = 1 << 20;

    // A token that is about to expire could expire on the way to the registry.
    private static readonly TimeSpan s_tokenMargin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_defaultTokenLifetime = TimeSpan.FromSeconds(60);

    private readonly IRegistryCredentialSource _credentialSource;
    private readonly ConcurrentDictionary<(string Registry, string Repository), Authorization> _authorizations = new();

    private AuthenticationHeaderValue? FindAuthorization(RegistryEndpoint endpoint, string repository) =>
        _authorizations.TryGetValue((endpoint.Registry, repository), out Authorization? known) && known.Expires > DateTimeOffset.UtcNow
            ? known.Header
            : null;

    private async Task<RegistryCredential?> FindCredentialAsync(string registry, string repository, CancellationToken cancellationToken) =>
        _options.Credentials.TryGetValue(registry, out RegistryCredential? given)
            ? given
            : await _credentialSource.FindAsync(registry, repository, cancellationToken).ConfigureAwait(false);

    private async Task<AuthenticationHeaderValue> AuthenticateAsync(
        RegistryEndpoint endpoint,
        string repository,
        IEnumerable<AuthenticationHeaderValue> challenges,
        CancellationToken cancellationToken)
    {
        AuthenticationChallenge[] known =
            [.. challenges.Select(challenge => AuthenticationChallenge.Parse(challenge.Scheme, challenge.Parameter))];
        RegistryCredential? credential = await FindCredentialAsync(endpoint.Registry, repository, cancellationToken).ConfigureAwait(false);
        Authorization authorization;
        if (known.FirstOrDefault(challenge => IsScheme(challenge, "Bearer")) is { } bearer)
            authorization = await FetchTokenAsync(endpoint, repository, bearer, credential, cancellationToken).ConfigureAwait(false);
        else if (known.Any(challenge => IsScheme(challenge, "Basic")) && credential is { IsIdentityToken: false })
            authorization = new Authorization(Basic(credential), DateTimeOffset.MaxValue);
        else
            throw Refused(endpoint, repository, credential);

        _authorizations[(endpoint.Registry, repository)] = authorization;
        return authorization.Header;
    }

    private async Task<Authorization> FetchTokenAsync(
        RegistryEndpoint endpoint,
        string repository,
        AuthenticationChallenge challenge,
        RegistryCredential? credential,
        CancellationToken cancellationToken)
    {
        var realm = TokenRealm.Parse(challenge.Parameters.GetValueOrDefault("realm"), endpoint);
        if (credential is not null && !realm.MayReceiveCredentials)
        {
            // A user who has stored credentials for that server under its own name has thereby allowed it to have them.
            string server = realm.Address.Authority;
            credential = await FindCredentialAsync(server, repository, cancellationToken).ConfigureAwait(false)
                ?? throw new RegistryAuthenticationException(
                    $"{endpoint.Registry} wants its credentials sent to {server}, which does not belong to it as far as can be told; "
                    + $"they were not sent. If it does, give credentials for {server} too: {LoginAdvice.For(server)}.",
                    credentialsGiven: true);
        }

        string? service = challenge.Parameters.GetValueOrDefault("service");
        using HttpRequestMessage request = CreateTokenRequest(realm.Address, repository, service, credential);
        using HttpResponseMessage response = await SendOnceAsync(endpoint, request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw Refused(endpoint, repository, credential);
        if (!response.IsSuccessStatusCode)
            throw await DescribeFailureAsync(endpoint, repository, response, cancellationToken).ConfigureAwait(false);

        byte[] content = await ReadBodyAsync(endpoint, response, MaxTokenDocumentSize, cancellationToken).ConfigureAwait(false);
        return ReadToken(endpoint, content);
    }

    // We choose the scope: one repository, to pull. The scope that the challenge proposes does not matter.
    private static HttpRequestMessage CreateTokenRequest(Uri realm, string repository, string? service, RegistryCredential? credential)
    {
        string scope = $"repository:{repository}:pull";
        if (credential is { IsIdentityToken: true })
        {
            return new HttpRequestMessage(HttpMethod.Post, realm)
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["grant_type"] = "refresh_token",
                    ["service"] = service ?? "",
                    ["client_id"] = "islet",
                    ["scope"] = scope,
                    ["refresh_token"] = credential.Secret,
                }),
            };
        }

        string query = (service is null ? "" : $"service={Uri.EscapeDataString(service)}&") + "scope=" + Uri.EscapeDataString(scope);
        var address = new UriBuilder(realm);
        address.Query = address.Query.Length > 1 ? address.Query[1..] + "&" + query : query;
        var request = new HttpRequestMessage(HttpMethod.Get, address.Uri);
        request.Headers.Authorization = credential is null ? null : Basic(credential);
        return request;
    }

    private static Authorization ReadToken(RegistryEndpoint endpoint, byte[] content)
    {
        TokenDocument? document = null;
        try
        {
            document = JsonSerializer.Deserialize(content, ImageJsonContext.Default.TokenDocument);
        }
        catch (JsonException)
        {
            // The parser's message would quote the text that it read, which may be the token, so the error below has its own words.
        }

        string? token = document?.Token ?? document?.AccessToken;
        if (string.IsNullOrEmpty(token) || token.Any(c => !char.IsAscii(c) || char.IsControl(c) || c is ' '))
        {
            throw new RegistryAuthenticationException(
                $"The token server of {endpoint.Registry} answered without a usable token.", credentialsGiven: false);
        }

        TimeSpan lifetime = document!.ExpiresIn > 0 ? TimeSpan.FromSeconds(document.ExpiresIn) : s_defaultTokenLifetime;
        return new Authorization(new AuthenticationHeaderValue("Bearer", token), DateTimeOffset.UtcNow + lifetime - s_tokenMargin);
    }

    private static AuthenticationHeaderValue Basic(RegistryCredential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}")));

    private static bool IsScheme(AuthenticationChallenge challenge, string scheme) =>
        challenge.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase);

    private static RegistryAuthenticationException Refused(RegistryEndpoint endpoint, string repository, RegistryCredential? credential) =>
        credential is null
            ? new(
                $"{endpoint.Registry} gives {repository} only to users who have logged in, or has no such repository. "
                + $"Give credentials ({LoginAdvice.For(endpoint.Registry)}), or check the name.",
                credentialsGiven: false)
            : new(
                $"{endpoint.Registry} refuses {credential} access to {repository}. "
                + $"Check the password and the right to pull, or give other credentials: {LoginAdvice.For(endpoint.Registry)}.",
                credentialsGiven: true);

    private sealed record Authorization(AuthenticationHeaderValue Header, DateTimeOffset Expires);
}
