using System.Net;
using System.Text;

namespace Islet;

/// <summary>Waits until an HTTP server inside the container answers as expected. See <see cref="Wait.ForHttp"/>.</summary>
/// <remarks>
/// The requests go straight into the guest; the port need not be published. Redirects are not followed: they count as answers. Each
/// request may take 5 s, then the next one is sent.
/// </remarks>
public sealed partial record HttpWait : WaitStrategy
{
    internal HttpWait(int port, string path)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        ArgumentNullException.ThrowIfNull(path);
        if (!path.StartsWith('/') || !Uri.TryCreate($"http://localhost:{port}{path}", UriKind.Absolute, out _))
            throw new ArgumentException($"'{path}' is not the path of a URL: it has to begin with a slash.", nameof(path));
        Port = port;
        Path = path;
    }

    /// <summary>The port inside the container.</summary>
    public int Port { get; }

    /// <summary>The path, with the query.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override string Description =>
        $"{Method} {(Tls ? "https" : "http")}://localhost:{Port}{Path.Split('?')[0]} inside the container to answer with {ExpectedStatus}"
        + (BodyCondition is null ? "" : " and the expected body");

    /// <inheritdoc/>
    protected internal override IReadOnlyList<string> CacheKeyParts =>
        [Description, Path, Body?.Text ?? "", Body?.MediaType ?? "", .. Headers.Select(header => $"{header.Key}: {header.Value}")];

    private HttpMethod Method { get; init; } = HttpMethod.Get;
    private IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
    private (string Text, string MediaType)? Body { get; init; }
    private bool Tls { get; init; }
    private bool TrustAnyCertificate { get; init; }
    private Func<HttpStatusCode, bool> StatusCondition { get; init; } = status => (int)status is >= 200 and < 300;
    private string ExpectedStatus { get; init; } = "a success status";
    private Func<string, bool>? BodyCondition { get; init; }

    /// <summary>Returns the same wait with another method than GET.</summary>
    public HttpWait WithMethod(HttpMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return this with { Method = method };
    }

    /// <summary>Returns the same wait with one more header. <c>Host</c> replaces <c>localhost:PORT</c>.</summary>
    /// <exception cref="ArgumentException">A header can't have that name, or the value has a line break.</exception>
    public HttpWait WithHeader(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var probe = new HttpRequestMessage();
        if (!TryAddHeader(probe, name, value) || value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new ArgumentException(
                $"'{name}' can't be sent as a header: its name or its value has characters that HTTP forbids.", nameof(name));
        }

        return this with { Headers = [.. Headers, new(name, value)] };
    }

    /// <summary>Returns the same wait with a user's name and password (RFC 7617).</summary>
    public HttpWait WithBasicAuth(string user, string password) =>
        WithHeader("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    /// <summary>Returns the same wait with a body, sent as UTF-8.</summary>
    public HttpWait WithBody(string text, string mediaType = "text/plain")
    {
        ArgumentNullException.ThrowIfNull(text);
        return this with { Body = (text, mediaType) };
    }

    /// <summary>Returns the same wait for one of these statuses, instead of 200-299.</summary>
    public HttpWait ForStatus(params HttpStatusCode[] statuses)
    {
        if (statuses.Length == 0)
            throw new ArgumentException("At least one status is needed.", nameof(statuses));
        HttpStatusCode[] expected = [.. statuses];
        return this with
        {
            StatusCondition = status => expected.Contains(status),
            ExpectedStatus = "status " + string.Join(" or ", expected.Select(status => (int)status)),
        };
    }

    /// <summary>Returns the same wait for a status that satisfies a condition, instead of 200-299.</summary>
    public HttpWait ForStatus(Func<HttpStatusCode, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return this with { StatusCondition = condition, ExpectedStatus = "the expected status" };
    }

    /// <summary>Returns the same wait for a body that satisfies a condition. The condition gets the first MiB of the body.</summary>
    public HttpWait ForBody(Func<string, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return this with { BodyCondition = condition };
    }

    /// <summary>Returns the same wait over TLS.</summary>
    /// <param name="trustAny">
    /// Whether any certificate is accepted. Default: yes, since the connection never leaves the host and containers make their own
    /// certificates. Otherwise the certificate must be valid for <c>localhost</c>.
    /// </param>
    public HttpWait UsingTls(bool trustAny = true) => this with { Tls = true, TrustAnyCertificate = trustAny };
}
