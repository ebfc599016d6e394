namespace Islet.Images.Store;

/// <summary>Finds the manifest for a platform below an index, nested indexes included.</summary>
internal sealed class PlatformSelection(ImageDocuments documents, Platform platform)
{
    private const int MaxDepth = 4;
    private const int MaxDocuments = 64;

    // After all declared platforms: a manifest without a declared platform has to be opened to find out its platform.
    private const int Undeclared = int.MaxValue;

    private readonly SortedSet<string> _platforms = new(StringComparer.Ordinal);
    private InvalidImageException? _firstFault;
    private int _documents;

    /// <summary>The platforms found during the search.</summary>
    public IReadOnlyCollection<string> Platforms => _platforms;

    /// <summary>
    /// Returns the manifest nearest to the platform among the roots and the documents below them; <see langword="null"/> when none is for
    /// the platform.
    /// </summary>
    /// <exception cref="InvalidImageException">
    /// No manifest fits, and there is something that is not an image, or a damaged image.
    /// </exception>
    public async Task<SelectedManifest?> FindAsync(IEnumerable<Descriptor> roots, CancellationToken cancellationToken)
    {
        SelectedManifest? found = await FindAmongAsync(roots, depth: 0, cancellationToken).ConfigureAwait(false);
        return found is null && _firstFault is not null && _platforms.Count == 0 ? throw _firstFault : found;
    }

    private async Task<SelectedManifest?> FindAmongAsync(
        IEnumerable<Descriptor> descriptors, int depth, CancellationToken cancellationToken)
    {
        (Descriptor Descriptor, int Distance)[] candidates =
            [.. descriptors.Select(each => (each, DistanceOf(each)))
                .Where(each => each.Item2 is not null).Select(each => (each.each, each.Item2!.Value))];
        SelectedManifest? best = null;
        int bestDistance = Undeclared;
        foreach ((Descriptor candidate, int distance) in candidates.OrderBy(each => each.Distance))
        {
            SelectedManifest? found = distance == Undeclared
                ? await TryOpenAsync(candidate, depth, cancellationToken).ConfigureAwait(false)
                : await OpenAsync(candidate, depth, cancellationToken).ConfigureAwait(false);
            if (found is null)
                continue;
            if (distance != Undeclared)
                return found;
            int actual = platform.Distance(found.Config.Platform) ?? 0;
            if (actual == 0)
                return found;
            if (actual < bestDistance)
                (best, bestDistance) = (found, actual);
        }

        return best;
    }

    /// <summary>
    /// Opens a manifest that does not declare its platform. An index may hold anything in addition to images: signatures and SBOMs look
    /// like manifests until they are read. None of them must hide the image.
    /// </summary>
    private async Task<SelectedManifest?> TryOpenAsync(Descriptor descriptor, int depth, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(descriptor, depth, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidImageException exception) when (_documents <= MaxDocuments && depth <= MaxDepth)
        {
            _firstFault ??= exception;
            return null;
        }
    }

    private async Task<SelectedManifest?> OpenAsync(Descriptor descriptor, int depth, CancellationToken cancellationToken)
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
                bool isWanted = descriptor.Platform is { IsEmpty: false } || platform.Distance(config.Platform) is not null;
                return isWanted ? new SelectedManifest(descriptor, manifest, config) : null;

            case ImageIndex index:
                return await FindAmongAsync(index.Manifests, depth + 1, cancellationToken).ConfigureAwait(false);

            default:
                return null;
        }
    }

    /// <summary>Returns the distance from the wanted platform; <see langword="null"/> for a document that is no candidate.</summary>
    private int? DistanceOf(Descriptor descriptor)
    {
        // Indexes also hold attestations and other attachments next to the images; an unknown document is not an image.
        if (!MediaTypes.IsIndex(descriptor.MediaType) && !MediaTypes.IsManifest(descriptor.MediaType))
            return null;
        if (descriptor.ArtifactType is { Length: > 0 } kind && !MediaTypes.IsConfig(kind))
            return null;
        if (descriptor.Platform is null or { IsEmpty: true })
            return Undeclared;
        if (descriptor.Platform.ToPlatform() is not { Os: not "unknown" } declared)
            return null;

        _platforms.Add(declared.ToString());
        return platform.Distance(declared);
    }
}

/// <summary>The manifest that was chosen, and its configuration.</summary>
internal sealed record SelectedManifest(Descriptor Descriptor, Manifest Manifest, ImageConfig Config);
