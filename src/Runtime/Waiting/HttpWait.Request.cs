using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Islet.Values;

namespace Islet;

public sealed partial record HttpWait
{
    private const int LargestBody = 1024 * 1024;
    private static readonly TimeSpan s_attemptTimeout = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected internal override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        context.ReportStatus("nothing that listens inside the container");
        await context.Target.WaitForPortAsync(Port, cancellationToken).ConfigureAwait(false);

        using HttpClient client = CreateClient(context.Target);
        await context.PollAsync(token => IsAnsweredAsync(client, context, token), cancellationToken).ConfigureAwait(false);
    }

    [SuppressMessage("Security", "CA5359", Justification = "The caller's choice; the connection goes into a guest on this machine.")]
    private HttpClient CreateClient(IWaitTarget target)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => await target.DialAsync(Port, token).ConfigureAwait(false),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        if (TrustAnyCertificate)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        return new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    private async Task<bool> IsAnsweredAsync(HttpClient client, WaitContext context, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_attemptTimeout, context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using HttpRequestMessage request = CreateRequest();
            using HttpResponseMessage response = await client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token).ConfigureAwait(false);
            return await IsExpectedAsync(response, context, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            context.ReportStatus($"no answer within {s_attemptTimeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            context.ReportStatus(exception);
        }

        return false;
    }

    private async Task<bool> IsExpectedAsync(HttpResponseMessage response, WaitContext context, CancellationToken cancellationToken)
    {
        string status = $"status {(int)response.StatusCode} ({response.StatusCode})";
        context.ReportStatus(status);
        if (!StatusCondition(response.StatusCode))
            return false;
        if (BodyCondition is null)
            return true;

        string body = await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false);
        context.ReportStatus($"{status} with the body {Excerpt.Quote(body)}");
        return BodyCondition(body);
    }

    private static async Task<string> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(LargestBody);
        try
        {
            int count = await content
                .ReadAtLeastAsync(bytes.AsMemory(0, LargestBody), LargestBody, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            return Encoding.UTF8.GetString(bytes, 0, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private HttpRequestMessage CreateRequest()
    {
        var request = new HttpRequestMessage(Method, $"{(Tls ? "https" : "http")}://localhost:{Port}{Path}")
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (Body is { } body)
            request.Content = new StringContent(body.Text, Encoding.UTF8, body.MediaType);
        foreach ((string name, string value) in Headers)
            TryAddHeader(request, name, value);
        return request;
    }

    /// <summary>
    /// Adds a header to a request. Headers that describe the body (<c>Content-Type</c>) are added to the body, and replace the body's own.
    /// Returns false if a header can't have that name.
    /// </summary>
    private static bool TryAddHeader(HttpRequestMessage request, string name, string value)
    {
        if (request.Headers.TryAddWithoutValidation(name, value))
            return true;

        HttpContent content = request.Content ??= new ByteArrayContent([]);
        if (!content.Headers.TryAddWithoutValidation(name, value))
            return false;

        content.Headers.Remove(name);
        return content.Headers.TryAddWithoutValidation(name, value);
    }
}
