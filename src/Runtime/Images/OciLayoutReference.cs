namespace Islet;

/// <summary>An image in an OCI image layout folder (OCI image specification, image-layout.md).</summary>
/// <param name="Path">The folder's path, as written.</param>
/// <param name="Tag">
/// The value of the annotation <c>org.opencontainers.image.ref.name</c>; <see langword="null"/> for the only image, or <c>latest</c>.
/// </param>
public sealed record OciLayoutReference(string Path, string? Tag) : ImageReference
{
    internal static OciLayoutReference? Parse(string text, out string? error)
    {
        (string path, string? tag) = SplitPath(text);
        error = (path, tag) switch
        {
            ("", _) => "oci: needs the path of an image layout folder.",
            (_, "") => "the tag after the path is empty.",
            _ => null,
        };
        return error is null ? new OciLayoutReference(path, tag) : null;
    }

    /// <summary>Returns <c>oci:PATH:tag</c>.</summary>
    public override string ToString() => Tag is null ? OciPrefix + Path : $"{OciPrefix}{Path}:{Tag}";
}
