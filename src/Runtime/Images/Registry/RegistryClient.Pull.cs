using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Islet.Values;

namespace Islet.Images.Registry;

/// <content>The requests to a registry: manifests, blobs, and the list of tags.</content>
internal sealed partial class RegistryClient
{
    private const int MaxTagListSize = 1 << 20;

    /// <summary>Fetches the manifest or index that a reference names, and verifies its digest.</summary>
    /// <exception cref="ImageNotFoundException">The registry has no such repository, tag or digest.</exception>
    public async Task<RegistryDocument> GetManifestAsync(
        RegistryEndpoint endpoint, RegistryReference reference, CancellationToken cancellationToken)
    {
        string name = reference.Digest?.ToString() ?? reference.Tag!;
        return await TryGetManifestAsync(endpoint, reference.Repository, name, reference.Digest, cancellationToken).ConfigureAwait(false)
            ?? throw await DescribeMissingAsync(endpoint, reference, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches a manifest or index by its digest, and verifies it.</summary>
    public async Task<RegistryDocument> GetManifestAsync(
        RegistryEndpoint endpoint, string repository, Digest digest, CancellationToken cancellationToken) =>
        await TryGetManifestAsync(endpoint, repository, digest.ToString(), digest, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidImageException(
                $"{endpoint.Registry} lacks the manifest {digest} of {repository}, although its own index names it.");

    /// <summary>
    /// Opens a blob. The caller owns the stream, which resumes by itself when the connection breaks; the caller verifies the bytes.
    /// </summary>
    public async Task<Stream> OpenBlobAsync(
        RegistryEndpoint endpoint, string repository, Descriptor descriptor, CancellationToken cancellationToken)
    {
        var download = new BlobDownload(
            (offset, token) => RetryAsync(endpoint, retried => RequestBlobAsync(endpoint, repository, descriptor, offset, retried), token),
            () =>
            {
                var pace = NewPace();
                return (stream, buffer, token) => ReadAsync(endpoint, stream, buffer, pace, token);
            },
            descriptor,
            _options.Retries);
        await download.OpenAsync(cancellationToken).ConfigureAwait(false);
        return download;
    }

    private Task<RegistryDocument?> TryGetManifestAsync(
        RegistryEndpoint endpoint, string repository, string name, Digest? expected, CancellationToken cancellationToken) =>
        RetryAsync<RegistryDocument?>(endpoint, async token =>
        {
            var request = new RegistryRequest($"v2/{repository}/manifests/{name}", MediaTypes.Documents);
            using HttpResponseMessage response = await SendAsync(endpoint, repository, request, token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;

            byte[] content = await ReadBodyAsync(endpoint, response, ManifestParser.MaxDocumentSize, token).ConfigureAwait(false);
            Verify(endpoint, repository, content, expected, response);
            return new RegistryDocument(content, DeclaredMediaType(response));
        }, cancellationToken);

    private static void Verify(RegistryEndpoint endpoint, string repository, byte[] content, Digest? expected, HttpResponseMessage response)
    {
        if (expected?.Matches(content) == false)
            throw new InvalidImageException($"{endpoint.Registry} delivered another manifest of {repository} than {expected}.");

        if (response.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values)
            && Digest.TryParse(values.FirstOrDefault(), out Digest? announced)
            && !announced.Matches(content))
        {
            throw new InvalidImageException(
                $"{endpoint.Registry} announced the manifest {announced} of {repository} but delivered another.");
        }
    }

    // A plain file server may serve a registry's files under a generic type; then the document itself has to tell its type.
    private static string? DeclaredMediaType(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType switch
        {
            "application/json" or "application/octet-stream" or "text/plain" => null,
            var type => type,
        };

    private async Task<Stream> RequestBlobAsync(
        RegistryEndpoint endpoint, string repository, Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest($"v2/{repository}/blobs/{descriptor.Digest}", [], offset);
        HttpResponseMessage response = await SendAsync(endpoint, repository, request, cancellationToken).ConfigureAwait(false);
        try
        {
            // The requested range begins at the end of the server's content.
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                throw BlobDownload.TooShort(descriptor, offset);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                throw new InvalidImageException(
                    $"{endpoint.Registry} lacks the blob {descriptor.Digest} of {repository}, although the manifest names it.");
            }

            Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            long start = response.StatusCode == HttpStatusCode.PartialContent ? response.Content.Headers.ContentRange?.From ?? -1 : 0;
            if (start < 0 || start > offset)
            {
                throw new InvalidImageException(
                    $"{endpoint.Registry} answered with another part of the blob {descriptor.Digest} than it was asked for.");
            }

            await SkipAsync(endpoint, content, offset - start, cancellationToken).ConfigureAwait(false);
            return content; // the response lives in its content's stream, and is let go with it
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    // Not every server supports ranges: if one sends the whole blob again, read and drop the part that we have.
    private async Task SkipAsync(RegistryEndpoint endpoint, Stream content, long count, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[(int)Math.Min(count, 1 << 16)];
        var pace = NewPace();
        while (count > 0)
        {
            Memory<byte> wanted = buffer.AsMemory(0, (int)Math.Min(count, buffer.Length));
            int read = await ReadAsync(endpoint, content, wanted, pace, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw Unreachable(endpoint, "it ended a download early", isTransient: true);
            count -= read;
        }
    }

    private async Task<byte[]> ReadBodyAsync(
        RegistryEndpoint endpoint, HttpResponseMessage response, int maxSize, CancellationToken cancellationToken)
    {
        Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var body = new MemoryStream();
            byte[] buffer = new byte[1 << 15];
            var pace = NewPace();
            for (int read; (read = await ReadAsync(endpoint, content, buffer, pace, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                if (body.Length + read > maxSize)
                    throw new InvalidImageException($"{endpoint.Registry} answered with a document of more than {maxSize >> 20} MiB.");
                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
    }

    private Pace NewPace() => new(_options.SilenceTimeout, _options.SlowestRate);

    private async ValueTask<int> ReadAsync(
        RegistryEndpoint endpoint, Stream stream, Memory<byte> buffer, Pace pace, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(_options.SilenceTimeout);
        try
        {
            long begun = Stopwatch.GetTimestamp();
            int count = await stream.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
            return count == 0 || pace.IsKept(begun, count)
                ? count
                : throw Unreachable(
                    endpoint, $"it sent less than {_options.SlowestRate} bytes a second during a download", isTransient: true);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(
                endpoint, $"it fell silent for {_options.SilenceTimeout.TotalSeconds:0.#} s during a download", exception,
                isTransient: true);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Unreachable(endpoint, $"the connection broke during a download ({exception.Message})", exception, isTransient: true);
        }
    }

    private async Task<ImageNotFoundException> DescribeMissingAsync(
        RegistryEndpoint endpoint, RegistryReference reference, CancellationToken cancellationToken)
    {
        string repository = $"{reference.Registry}/{reference.Repository}";
        IReadOnlyList<string>? tags = await TryListTagsAsync(endpoint, reference.Repository, cancellationToken).ConfigureAwait(false);
        if (tags is null)
            return new ImageNotFoundException($"There is no image {reference}: {repository} does not exist, or lacks what was asked for.");

        string missing = reference.Digest is null ? $"tag “{reference.Tag}”" : $"manifest {reference.Digest}";
        return ImageNotFoundException.WithAlternatives($"{repository} has no {missing}.", "tags", tags);
    }

    /// <summary>Returns the tags, for a message. A registry that doesn't list them causes no second error.</summary>
    private async Task<IReadOnlyList<string>?> TryListTagsAsync(
        RegistryEndpoint endpoint, string repository, CancellationToken cancellationToken)
    {
        try
        {
            var request = new RegistryRequest($"v2/{repository}/tags/list?n=200", []);
            using HttpResponseMessage response = await SendAsync(endpoint, repository, request, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                return null;

            byte[] content = await ReadBodyAsync(endpoint, response, MaxTagListSize, cancellationToken).ConfigureAwait(false);
            TagListDocument? document = JsonSerializer.Deserialize(content, ImageJsonContext.Default.TagListDocument);
            return document?.Tags is null ? null : [.. document.Tags.OfType<string>().Select(Excerpt.Of)];
        }
        catch (Exception exception) when (exception is ImageException or JsonException)
        {
            _logger.TagsNotListed(exception, repository);
            return null;
        }
    }
}
