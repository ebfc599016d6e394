using Islet.Images.Store;
using Islet.Values;

namespace Islet.Images.Registry;

/// <summary>An image in a registry or in the first of its mirrors that has it.</summary>
internal sealed class RegistrySource : IImageSource
{
    private readonly RegistryClient _client;
    private readonly RegistryEndpoint _endpoint;
    private readonly string _repository;

    private RegistrySource(RegistryClient client, RegistryEndpoint endpoint, string repository, RegistryDocument root)
    {
        (_client, _endpoint, _repository) = (client, endpoint, repository);
        RootContent = root.Content;
        Root = new Descriptor
        {
            MediaType = ManifestParser.Parse(root.Content, root.MediaType).MediaType,
            Digest = Digest.Sha256(root.Content),
            Size = root.Content.Length,
        };
    }

    /// <summary>The document that the reference leads to.</summary>
    public Descriptor Root { get; }

    /// <summary>The bytes of that document.</summary>
    public byte[] RootContent { get; }

    public string Phase => ImageProgress.Downloading;

    public int Parallelism => _client.Options.ParallelDownloads;

    /// <summary>Looks an image up.</summary>
    /// <exception cref="ImageException">The registry can't be reached, refuses, or has no such image.</exception>
    public static async Task<RegistrySource> OpenAsync(
        RegistryClient client, RegistryReference reference, CancellationToken cancellationToken)
    {
        foreach (string mirror in client.Options.Mirrors.GetValueOrDefault(reference.Registry) ?? [])
        {
            try
            {
                return await OpenAsync(client, mirror, reference, cancellationToken).ConfigureAwait(false);
            }
            catch (ImageException exception)
            {
                client.LogMirrorFailure(mirror, reference, exception);
            }
        }

        return await OpenAsync(client, reference.Registry, reference, cancellationToken).ConfigureAwait(false);
    }

    public async Task<Stream> OpenManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        RegistryDocument document =
            await _client.GetManifestAsync(_endpoint, _repository, descriptor.Digest, cancellationToken).ConfigureAwait(false);
        if (document.MediaType is not null && document.MediaType != descriptor.MediaType)
        {
            throw new InvalidImageException(
                $"{_endpoint.Registry} delivered {descriptor.Digest} as {Excerpt.Of(document.MediaType)}, "
                + $"but its index calls it {Excerpt.Of(descriptor.MediaType)}.");
        }

        return new MemoryStream(document.Content);
    }

    public Task<Stream> OpenBlobAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        _client.OpenBlobAsync(_endpoint, _repository, descriptor, cancellationToken);

    private static async Task<RegistrySource> OpenAsync(
        RegistryClient client, string registry, RegistryReference reference, CancellationToken cancellationToken)
    {
        RegistryEndpoint endpoint = await client.FindEndpointAsync(registry, cancellationToken).ConfigureAwait(false);
        RegistryDocument root = await client.GetManifestAsync(endpoint, reference, cancellationToken).ConfigureAwait(false);
        return new RegistrySource(client, endpoint, reference.Repository, root);
    }
}
