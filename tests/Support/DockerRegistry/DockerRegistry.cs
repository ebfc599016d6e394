using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Islet.Testing.Support;

/// <summary>
/// Debian's <c>docker-registry</c> on a free port of the loopback interface, with its data in a directory that is removed on disposal.
/// </summary>
internal sealed partial class DockerRegistry : IAsyncDisposable
{
    public const string Username = "islet";
    public const string Password = "correct horse";

    private const string Program = "docker-registry";
    private const string UserFile = "islet:$2y$04$2cYNRuvyWZiWP8PLRg4ezewyTIpoFsAErLW6/vaTiogTwsonOLdNi\n"; // bcrypt of Password

    private readonly Process _process;
    private readonly string _directory;
    private readonly HttpClient _http;

    private DockerRegistry(Process process, string directory, string address, bool requiresLogin)
    {
        (_process, _directory, Address) = (process, directory, address);
        _http = new HttpClient { BaseAddress = new Uri($"http://{address}/") };
        if (requiresLogin)
        {
            string pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}"));
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", pair);
        }
    }

    public const string SkipReason = "docker-registry is not installed (Debian's package of that name)";

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':')
        .Any(directory => File.Exists(Path.Combine(directory, Program)));

    /// <summary>The host and the port.</summary>
    public string Address { get; }

    /// <summary>Starts a registry and returns when it listens.</summary>
    /// <param name="requiresLogin">Whether only <see cref="Username"/> with <see cref="Password"/> gets access.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<DockerRegistry> StartAsync(bool requiresLogin = false, CancellationToken cancellationToken = default)
    {
        string directory = Directory.CreateTempSubdirectory("islet-registry-").FullName;
        string configuration = Path.Combine(directory, "config.yml");
        string users = Path.Combine(directory, "users");
        await File.WriteAllTextAsync(users, UserFile, cancellationToken);
        await File.WriteAllTextAsync(configuration, $$"""
            version: 0.1
            storage: { filesystem: { rootdirectory: "{{directory}}/data" } }
            http: { addr: "127.0.0.1:0", secret: "for tests" }
            {{(requiresLogin ? $$"""auth: { htpasswd: { realm: islet, path: "{{users}}" } }""" : "")}}
            """, cancellationToken);

        var start = new ProcessStartInfo(Program, ["serve", configuration]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = new Process { StartInfo = start };
        try
        {
            string address = await StartAsync(process).WaitAsync(cancellationToken);
            return new DockerRegistry(process, directory, address, requiresLogin);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <summary>Uploads an image under a tag.</summary>
    public async Task PushAsync(OciImage image, string repository, string tag, CancellationToken cancellationToken)
    {
        await PushBlobsAsync(repository, [image.Config, .. image.Layers], cancellationToken);
        await PushManifestAsync(image.Manifest, repository, tag, cancellationToken);
    }

    /// <summary>Uploads images for several platforms under one tag, and returns their index.</summary>
    public async Task<OciBlob> PushIndexAsync(
        IReadOnlyList<OciImage> images, string repository, string tag, CancellationToken cancellationToken)
    {
        foreach (OciImage image in images)
            await PushAsync(image, repository, image.Manifest.Digest, cancellationToken);

        OciBlob index = OciImage.CreateIndex(images.Select(image => image.ToIndexEntry()));
        await PushManifestAsync(index, repository, tag, cancellationToken);
        return index;
    }

    public async Task PushBlobsAsync(string repository, IEnumerable<OciBlob> blobs, CancellationToken cancellationToken)
    {
        foreach (OciBlob blob in blobs)
        {
            using HttpResponseMessage begun = await _http.PostAsync($"v2/{repository}/blobs/uploads/", null, cancellationToken);
            begun.EnsureSuccessStatusCode();
            string location = begun.Headers.Location!.ToString();
            string separator = location.Contains('?', StringComparison.Ordinal) ? "&" : "?";
            using HttpResponseMessage stored = await _http.PutAsync(
                $"{location}{separator}digest={Uri.EscapeDataString(blob.Digest)}", new ByteArrayContent(blob.Content), cancellationToken);
            stored.EnsureSuccessStatusCode();
        }
    }

    public async Task PushManifestAsync(OciBlob manifest, string repository, string tag, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(manifest.Content) { Headers = { ContentType = new MediaTypeHeaderValue(manifest.MediaType) } };
        using HttpResponseMessage stored = await _http.PutAsync($"v2/{repository}/manifests/{tag}", content, cancellationToken);
        if (stored.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException(await stored.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Overwrites a blob in the registry's storage, so that it serves bytes that do not match the digest.</summary>
    public void Corrupt(OciBlob blob)
    {
        string path = Path.Combine(_directory, "data/docker/registry/v2/blobs/sha256", blob.Hex[..2], blob.Hex, "data");
        byte[] content = File.ReadAllBytes(path);
        content[^1] ^= 1;
        File.WriteAllBytes(path, content);
    }

    /// <summary>Ends the registry. Its data stays until it is disposed.</summary>
    public async Task StopAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static Task<string> StartAsync(Process process)
    {
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                address.TrySetException(new InvalidOperationException("docker-registry ended before it listened: " + log));
            else if (ListeningLine().Match(line.Data) is { Success: true } match)
                address.TrySetResult(match.Groups[1].Value);
            else
                log.AppendLine(line.Data);
        };
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine(); // the access log; a pipe that is not read would stop the registry
        return address.Task;
    }

    [GeneratedRegex(@"listening on (127\.0\.0\.1:[0-9]+)")]
    private static partial Regex ListeningLine();
}
