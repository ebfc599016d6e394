using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Islet.Testing.Support;

namespace Islet.Tests.Images.Registry;

/// <summary>A server in this process that misbehaves in ways that a real registry does not.</summary>
internal sealed class FakeRegistry : IAsyncDisposable
{
    private const byte TlsHandshake = 0x16;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Request> _requests = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<Request, Response> _answer;
    private readonly Task _serving;

    /// <summary>Starts a server.</summary>
    /// <param name="answer">Answers a request; called by several connections at the same time.</param>
    /// <param name="address">The address on which it listens; the loopback address by default.</param>
    public FakeRegistry(Func<Request, Response> answer, IPAddress? address = null)
    {
        _answer = answer;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        Endpoint = (IPEndPoint)_listener.LocalEndpoint;
        _serving = ServeAsync();
    }

    public IPEndPoint Endpoint { get; }

    public int Port => Endpoint.Port;

    public string Address => Endpoint.ToString();

    /// <summary>The requests, except the probe for the protocol.</summary>
    public IReadOnlyList<Request> Requests => [.. _requests.Where(request => request.Path != "/v2/")];

    /// <summary>Completes when a response has stalled.</summary>
    public Task Stalled => _stalled.Task;

    /// <summary>Answers as an honest registry with one image would.</summary>
    public static Response Serve(OciImage image, Request request)
    {
        if (request.Path == "/v2/")
            return new Response(200);
        if (request.Path.Contains("/manifests/", StringComparison.Ordinal))
            return new Response(200, image.Manifest.Content) { Headers = { ["Content-Type"] = image.Manifest.MediaType } };

        OciBlob? blob = image.Blobs.FirstOrDefault(blob => request.Path.EndsWith(blob.Digest, StringComparison.Ordinal));
        if (blob is null)
            return new Response(404);
        if (request.RangeStart is not { } start)
            return new Response(200, blob.Content);

        string range = $"bytes {start}-{blob.Content.Length - 1}/{blob.Content.Length}";
        return new Response(206, blob.Content[start..]) { Headers = { ["Content-Range"] = range } };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                byte[] first = new byte[1];
                await client.Client.ReceiveAsync(first, SocketFlags.Peek, _stop.Token);
                if (first[0] == TlsHandshake)
                    return;

                NetworkStream stream = client.GetStream();
                Request request = await ReadAsync(stream);
                _requests.Enqueue(request);
                await WriteAsync(stream, _answer(request));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // The client has gone away, which is allowed.
            }
        }
    }

    private async Task WriteAsync(NetworkStream stream, Response response)
    {
        var head = new StringBuilder("HTTP/1.1 ")
            .Append(CultureInfo.InvariantCulture, $"{response.Status} -\r\nConnection: close\r\n");
        if (!response.HasNoLength)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {response.Body.Length}\r\n");
        foreach ((string name, string value) in response.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (response.Dribbles)
        {
            foreach (byte value in response.Body)
            {
                await stream.WriteAsync(new[] { value }, _stop.Token);
                await Task.Delay(20, _stop.Token);
            }
        }

        await stream.WriteAsync(response.Body.AsMemory(0, response.CutAfter ?? response.Body.Length), _stop.Token);
        if (response.Stalls)
        {
            _stalled.TrySetResult();
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
    }

    private async Task<Request> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string[] line = (await reader.ReadLineAsync(_stop.Token) ?? throw new IOException("No request.")).Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            headers[header[..colon]] = header[(colon + 1)..].Trim();
        }

        char[] body = new char[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        if (body.Length > 0)
            await reader.ReadBlockAsync(body, _stop.Token);
        return new Request(line[0], line[1], headers, new string(body));
    }

    internal sealed record Request(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public string? Authorization => Headers.GetValueOrDefault("Authorization");

        public int? RangeStart => Headers.TryGetValue("Range", out string? range)
            ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
            : null;
    }

    internal sealed record Response(int Status, byte[]? Content = null)
    {
        public byte[] Body { get; } = Content ?? [];

        public Dictionary<string, string> Headers { get; } = [];

        /// <summary>The number of bytes of the body that are sent before the connection is closed.</summary>
        public int? CutAfter { get; init; }

        /// <summary>Whether the end of the connection is the end of the body.</summary>
        public bool HasNoLength { get; init; }

        /// <summary>Whether the body is sent byte by byte, fifty in a second.</summary>
        public bool Dribbles { get; init; }

        /// <summary>Whether the response stalls after the bytes that are sent, with the connection still open.</summary>
        public bool Stalls { get; init; }

        public static Response Redirect(string location) => new(307) { Headers = { ["Location"] = location } };

        public static Response Challenge(string challenge) => new(401) { Headers = { ["WWW-Authenticate"] = challenge } };

        public static Response Json(string document) =>
            new(200, Encoding.UTF8.GetBytes(document)) { Headers = { ["Content-Type"] = "application/json" } };
    }
}
