using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Islet.Images.Registry;

/// <summary>Pulls from registries (OCI distribution specification, "Pull"). This file sends a request and gets its answer.</summary>
internal sealed partial class RegistryClient : IDisposable
{
    private const int MaxRedirects = 5;

    private static readonly ProductInfoHeaderValue s_userAgent =
        new("islet", typeof(RegistryClient).Assembly.GetName().Version?.ToString(3) ?? "0");

    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly HttpClient _http;
    private readonly ConcurrentDictionary<string, RegistryEndpoint> _endpoints = new();

    public RegistryClient(RegistryOptions options, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        _credentialSource = options.CredentialSource ?? StoredCredentials.OfThisUser(logger);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // what may follow a redirect is decided in SendAsync
            AutomaticDecompression = DecompressionMethods.None, // digests are of the bytes as they are
            UseCookies = false,
            ConnectTimeout = options.SilenceTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // we watch for silence instead: a large layer on a slow line is no error
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(s_userAgent.Product!));
    }

    public RegistryOptions Options => _options;

    public void LogMirrorFailure(string mirror, RegistryReference reference, ImageException error) =>
        _logger.MirrorFailed(error, mirror, reference);

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Returns the endpoint of a registry. If the registry may be used without TLS, this finds out, once, whether it has TLS.
    /// </summary>
    public async Task<RegistryEndpoint> FindEndpointAsync(string registry, CancellationToken cancellationToken)
    {
        if (_endpoints.TryGetValue(registry, out RegistryEndpoint? known))
            return known;

        var endpoint = RegistryEndpoint.For(registry, _options.InsecureRegistries);
        if (endpoint.AllowsPlainHttp)
            endpoint = await ProbeAsync(endpoint, cancellationToken).ConfigureAwait(false);
        return _endpoints.GetOrAdd(registry, endpoint);
    }

    private async Task<RegistryEndpoint> ProbeAsync(RegistryEndpoint secure, CancellationToken cancellationToken)
    {
        // Nothing can eavesdrop on the loopback, and nearly every registry there uses plain HTTP.
        RegistryEndpoint plain = secure.InPlainHttp();
        RegistryEndpoint[] candidates = RegistryEndpoint.IsLoopback(secure.BaseAddress) ? [plain, secure] : [secure, plain];
        RegistryUnreachableException? failure = null;
        foreach (RegistryEndpoint candidate in candidates)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(candidate.BaseAddress, "v2/"));
                using HttpResponseMessage response = await SendOnceAsync(candidate, request, cancellationToken).ConfigureAwait(false);

                // Servers answer like this to plain HTTP on a port that expects TLS.
                if (response.StatusCode != HttpStatusCode.BadRequest)
                    return candidate;
            }
            catch (RegistryUnreachableException exception)
            {
                failure ??= exception;
            }
        }

        throw failure ?? Unreachable(secure, "it answers neither in HTTPS nor in HTTP as a registry does");
    }

    /// <summary>
    /// Sends a request for a repository: with authorization where the registry asks for it, following redirects where that is safe.
    /// </summary>
    /// <returns>A response that is not a redirect, a refusal, or a transient failure. The caller owns it.</returns>
    private async Task<HttpResponseMessage> SendAsync(
        RegistryEndpoint endpoint, string repository, RegistryRequest request, CancellationToken cancellationToken)
    {
        AuthenticationHeaderValue? authorization = FindAuthorization(endpoint, repository);
        HttpResponseMessage response = await FollowAsync(endpoint, request, authorization, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Unauthorized && endpoint.IsOrigin(response.RequestMessage!.RequestUri!))
        {
            using (response)
                authorization =
                    await AuthenticateAsync(
                        endpoint, repository, response.Headers.WwwAuthenticate, cancellationToken).ConfigureAwait(false);
            response = await FollowAsync(endpoint, request, authorization, cancellationToken).ConfigureAwait(false);
        }

        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotFound || IsBeyondEnd(request, response))
            return response;

        using (response)
            throw await DescribeFailureAsync(endpoint, repository, response, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsBeyondEnd(RegistryRequest request, HttpResponseMessage response) =>
        request.RangeStart > 0 && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable;

    private async Task<HttpResponseMessage> FollowAsync(
        RegistryEndpoint endpoint, RegistryRequest request, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        var address = new Uri(endpoint.BaseAddress, request.Path);
        for (int redirects = 0; ; redirects++)
        {
            using HttpRequestMessage message = request.ToMessage(address);
            if (endpoint.IsOrigin(address))
                message.Headers.Authorization = authorization;

            HttpResponseMessage response = await SendOnceAsync(endpoint, message, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                return response;

            using (response)
                address = CheckRedirect(endpoint, address, response.Headers.Location);
            if (redirects == MaxRedirects)
                throw Unreachable(endpoint, $"it redirects more than {MaxRedirects} times");
        }
    }

    private static Uri CheckRedirect(RegistryEndpoint endpoint, Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out Uri? target) || target.Scheme is not ("https" or "http"))
            throw Unreachable(endpoint, "it redirects to nowhere");
        if (target.Scheme == Uri.UriSchemeHttp && !endpoint.AllowsPlainHttp)
            throw Unreachable(endpoint, $"it redirects to {target.Host} without encryption, which is refused");

        return target;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        RegistryEndpoint endpoint, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(_options.SilenceTimeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(
                endpoint, $"it did not answer within {_options.SilenceTimeout.TotalSeconds:0.#} s", exception, isTransient: true);
        }
        catch (HttpRequestException exception)
        {
            bool isTransient = exception.HttpRequestError != HttpRequestError.SecureConnectionError;
            throw Unreachable(endpoint, Describe(exception, request.RequestUri!), exception, isTransient);
        }
    }

    private static string Describe(HttpRequestException error, Uri address) => error.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"the name {address.Host} can't be resolved; check the network and the image's name",
        HttpRequestError.SecureConnectionError =>
            $"no TLS connection to {address.Authority} could be made ({error.InnerException?.Message ?? error.Message})",
        HttpRequestError.ConnectionError when error.InnerException is SocketException socket => $"{address.Authority}: {socket.Message}",
        _ => $"the connection to {address.Authority} failed ({error.Message})",
    };

    private static RegistryUnreachableException Unreachable(
        RegistryEndpoint endpoint, string why, Exception? cause = null, bool isTransient = false) =>
        new($"The registry {endpoint.Registry} can't be reached: {why}.", cause) { IsTransient = isTransient };

    private async Task<ImageException> DescribeFailureAsync(
        RegistryEndpoint endpoint, string repository, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            // A refusal by the target of a redirect is not about our credentials, which were not sent there.
            return endpoint.IsOrigin(response.RequestMessage!.RequestUri!)
                ? Refused(
                    endpoint, repository, await FindCredentialAsync(endpoint.Registry, repository, cancellationToken).ConfigureAwait(false))
                : Unreachable(endpoint, $"{response.RequestMessage.RequestUri!.Host}, to which it redirects, refuses access");
        }

        int status = (int)response.StatusCode;
        string why = status == 429
            ? "it limits the number of requests (429); wait, or log in for a higher limit"
            : $"it answered with status {status}";
        RetryConditionHeaderValue? retry = response.Headers.RetryAfter;
        return new RegistryUnreachableException($"The registry {endpoint.Registry} did not deliver {repository}: {why}.")
        {
            IsTransient = status is 408 or 429 or >= 500,
            RetryAfter = retry?.Delta ?? (retry?.Date - DateTimeOffset.UtcNow),
        };
    }
}
