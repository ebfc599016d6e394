namespace Islet.Images.Store;

/// <summary>Finds the manifest for a platform below an index, nested indexes included.</summary>
internal sealed class PlatformSelection(ImageDocuments documents, Platform platform)
{
    private const int MaxDepth = 4;
    private const int MaxDocuments = 64;

    private readonly SortedSet<string> _platforms = new(StringComparer.Ordinal);
    private int _documents;

    /// <summary>The platforms seen on the way.</summary>
    public IReadOnlyCollection<string> Platforms => _platforms;

    /// <summary>The first of the roots, or of what is below them, that is for the platform; <see langword="null"/> when none is.</summary>
    public async Task<SelectedManifest?> FindAsync(IEnumerable<Descriptor> roots, CancellationToken cancellationToken)
    {
        // Whoever names the platform exactly goes first; who names none has to be opened to know.
        foreach (Descriptor root in roots.Where(IsCandidate).OrderByDescending(root => root.Platform is not null))
        {
            if (await FindAsync(root, depth: 0, cancellationToken).ConfigureAwait(false) is { } found)
                return found;
        }

        return null;
    }

    private async Task<SelectedManifest?> FindAsync(Descriptor descriptor, int depth, CancellationToken cancellationToken)
    {
        if (depth > MaxDepth || ++_documents > MaxDocuments)
        {
            throw new InvalidImageException(
                $"The image's indexes are nested deeper than {MaxDepth} or hold more than {MaxDocuments} documents without a platform.");
        }

        switch (await documents.ReadAsync(descriptor, cancellationToken).ConfigureAwait(false))
        {
            case Manifest manifest:
                ImageConfig config = await documents.ReadConfigAsync(manifest.Config, cancellationToken).ConfigureAwait(false);
                _platforms.Add(config.Platform.ToString());
                bool isWanted = descriptor.Platform is not null || config.Platform == platform;
                return isWanted ? new SelectedManifest(descriptor, manifest, config) : null;

            case ImageIndex index:
                foreach (Descriptor child in index.Manifests.Where(IsCandidate).OrderByDescending(child => child.Platform is not null))
                {
                    if (await FindAsync(child, depth + 1, cancellationToken).ConfigureAwait(false) is { } found)
                        return found;
                }

                return null;

            default:
                return null;
        }
    }

    private bool IsCandidate(Descriptor descriptor)
    {
        // Attestations and other attachments stand in indexes beside the images; what we don't know is not an image.
        if (!MediaTypes.IsIndex(descriptor.MediaType) && !MediaTypes.IsManifest(descriptor.MediaType))
            return false;
        if (descriptor.Platform is null)
            return true;
        if (descriptor.Platform.ToPlatform() is not { Os: not "unknown" } declared)
            return false;

        _platforms.Add(declared.ToString());
        return declared == platform;
    }
}

/// <summary>The manifest that was chosen, and its configuration.</summary>
internal sealed record SelectedManifest(Descriptor Descriptor, Manifest Manifest, ImageConfig Config);
