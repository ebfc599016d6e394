namespace Islet.Aspire.Lifecycle;

/// <summary>An image as the dashboard names it: <c>name:tag</c>, also for an image from a folder or a file.</summary>
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

            // The name as it was written: the dashboard removes the registry by itself.
            _ => image,
        };
    }

    private static string NameOf(string path) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) is { Length: > 0 } name ? name : path;
}
