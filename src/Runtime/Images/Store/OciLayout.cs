using System.Text.Json;
using Islet.Values;

namespace Islet.Images.Store;

/// <summary>An OCI image layout (OCI image specification, image-layout.md), in a folder or in a tar archive.</summary>
internal sealed class OciLayout(ImageFiles files) : IImageSource
{
    private const string ContainerdNameAnnotation = "io.containerd.image.name";
    private const string DefaultTag = "latest";

    public string Phase => ImageProgress.Importing;

    /// <summary>The number of layers that are read at the same time: one, because parallel reads do not make one disk faster.</summary>
    public int Parallelism => 1;

    public Task<Stream> OpenManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        OpenBlobAsync(descriptor, cancellationToken);

    public Task<Stream> OpenBlobAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        Task.FromResult(files.TryOpen($"blobs/{descriptor.Digest.Algorithm}/{descriptor.Digest.Hex}")
            ?? throw new InvalidImageException(
                $"The image layout {files.Location} lacks the blob {descriptor.Digest} that it names. Make or copy it again."));

    /// <summary>Returns the entries that a tag names; without a tag, those of the only image, or of <c>latest</c>.</summary>
    /// <exception cref="ImageNotFoundException">The tag does not exist, or no tag was given and the layout needs one to choose.</exception>
    public async Task<IReadOnlyList<Descriptor>> FindAsync(string? tag, CancellationToken cancellationToken)
    {
        IReadOnlyList<Descriptor> entries = await ReadIndexAsync(cancellationToken).ConfigureAwait(false);
        string[] tags = [.. entries.Select(entry => entry.RefName).OfType<string>().Distinct()];
        string? wanted = tag ?? (tags.Length > 1 ? DefaultTag : null);
        IReadOnlyList<Descriptor> found = [.. entries.Where(entry => wanted is null || entry.RefName == wanted)];
        if (found.Count > 0)
            return found;

        throw ImageNotFoundException.WithAlternatives(
            tag is null && tags.Length > 1
                ? $"The image layout {files.Location} holds several images, so a tag has to choose: oci:PATH:TAG."
                : $"The image layout {files.Location} has no image{(tag is null ? "" : $" tagged “{Excerpt.Of(tag)}”")}.",
            "tags",
            tags);
    }

    /// <summary>Returns the entries that a full reference names, as tools write it into archives.</summary>
    /// <exception cref="ImageNotFoundException">No entry has that name.</exception>
    public async Task<IReadOnlyList<Descriptor>> FindAsync(RegistryReference name, CancellationToken cancellationToken)
    {
        IReadOnlyList<Descriptor> entries = await ReadIndexAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Descriptor> found = [.. entries.Where(entry => IsNamed(entry, name))];
        return found.Count > 0
            ? found
            : throw ImageNotFoundException.WithAlternatives(
                $"The archive {files.Location} has no image named {name}.", "names", entries.Select(FullName).OfType<string>());
    }

    private async Task<IReadOnlyList<Descriptor>> ReadIndexAsync(CancellationToken cancellationToken)
    {
        byte[]? marker = await files.TryReadAsync("oci-layout", cancellationToken).ConfigureAwait(false);
        byte[]? index = await files.TryReadAsync("index.json", cancellationToken).ConfigureAwait(false);
        if (marker is null || index is null)
        {
            throw new InvalidImageException(
                $"{files.Location} is not an OCI image layout: it lacks the file {(marker is null ? "oci-layout" : "index.json")}.");
        }

        if (!IsKnownVersion(marker))
            throw new InvalidImageException($"{files.Location} is an image layout of an unknown version; only 1.x is known.");

        return ManifestParser.Parse(index, declaredMediaType: null) is ImageIndex { Manifests: var manifests }
            ? manifests
            : throw new InvalidImageException($"index.json in {files.Location} is not an index.");
    }

    private static bool IsKnownVersion(byte[] marker)
    {
        try
        {
            return JsonSerializer.Deserialize(marker, ImageJsonContext.Default.LayoutMarkerDocument)
                is { ImageLayoutVersion: { } version } && version.StartsWith("1.", StringComparison.Ordinal);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsNamed(Descriptor entry, RegistryReference name) => FullName(entry) is { } full
        ? full == name.Tag || (ImageReference.TryParse(full, out ImageReference? reference) && reference.ToString() == name.ToString())
        : entry.Digest == name.Digest;

    private static string? FullName(Descriptor entry) => entry.Annotations?.GetValueOrDefault(ContainerdNameAnnotation) ?? entry.RefName;
}

/// <summary>The content of the file <c>oci-layout</c>.</summary>
internal sealed record LayoutMarkerDocument
{
    public string? ImageLayoutVersion { get; init; }
}
