namespace Islet.Aspire.Lives;

/// <summary>An image as the dashboard names it: <c>name:tag</c>, also where it comes from a folder or a file.</summary>
internal static class ShownImage
{
    public static string Of(string image)
    {
        if (!ImageReference.TryParse(image, out ImageReference? reference))
            return image;
        return reference switch
        {
            OciLayoutReference { Tag: null } layout => NameOf(layout.Path),
            OciLayoutReference layout => $"{NameOf(layout.Path)}:{layout.Tag}",
            DockerArchiveReference { Name: null } archive => NameOf(archive.Path),
            DockerArchiveReference archive => archive.Name.ToString(),

            // As it was written: the dashboard cuts the registry off by itself.
            _ => image,
        };
    }

    private static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) is { Length: > 0 } name ? name : path;
}
