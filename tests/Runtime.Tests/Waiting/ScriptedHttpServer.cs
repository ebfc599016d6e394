using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Islet.Tests.Networking;

namespace Islet.Tests.Waiting;

/// <summary>
/// An HTTP/1.1 server inside the simulated guest that answers each request with the next of the given texts, and with the last one forever.
/// </summary>
internal sealed class ScriptedHttpServer : IAsyncDisposable
{
    private readonly LoopbackGuest _guest = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<string?> _answers;
    private readonly X509Certificate2? _certificate;
    private readonly List<string> _requests = [];
    private readonly TaskCompletionSource _firstRequest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;

    /// <summary>Starts the server.</summary>
    /// <param name="tls">Whether it serves over TLS, with a certificate that no authority has signed.</param>
    /// <param name="answers">The answers; <see langword="null"/> leaves the request without an answer.</param>
    public ScriptedHttpServer(bool tls, params string?[] answers)
    {
        _answers = new Queue<string?>(answers);
        _certificate = tls ? CreateCertificate() : null;
        _serving = ServeAsync();
    }

    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    /// <summary>Completes when a request has arrived.</summary>
    public Task FirstRequest => _firstRequest.Task;

    public static string Answer(string status, string body = "") =>
        $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public ValueTask<GuestStream> DialAsync(int port, CancellationToken cancellationToken) => _guest.DialAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _guest.Dispose();
        await _serving;
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
                connections.Add(ServeAsync(await _guest.AcceptAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using Stream stream = await OpenAsync(new NetworkStream(socket, ownsSocket: true));
            while (await ReadRequestAsync(stream) is { } request)
            {
                string? answer;
                lock (_requests)
                {
                    _requests.Add(request);
                    answer = _answers.Count > 1 ? _answers.Dequeue() : _answers.Peek();
                }

                _firstRequest.TrySetResult();
                if (answer is not null)
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
            }
        }
        catch (Exception exception)
            when (exception is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    private async Task<Stream> OpenAsync(NetworkStream network)
    {
        if (_certificate is null)
            return network;

        var tls = new SslStream(network);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
        return tls;
    }

    private async Task<string?> ReadRequestAsync(Stream stream)
    {
        var request = new StringBuilder();
        byte[] bytes = new byte[4096];
        while (true)
        {
            int read = await stream.ReadAsync(bytes, _stop.Token);
            if (read == 0)
                return null;

            request.Append(Encoding.UTF8.GetString(bytes, 0, read));
            string text = request.ToString();
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && text.Length >= end + 4 + ContentLength(text))
                return text;
        }
    }

    private static int ContentLength(string request)
    {
        const string Name = "Content-Length: ";
        string? line = request.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line[Name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
