namespace Islet.Images;

/// <summary>The paths that an image declares as volumes, read as Docker reads them.</summary>
internal static class ImageVolumes
{
    /// <summary>
    /// Returns the paths: absolute, without <c>.</c>, <c>..</c> and empty parts, the outer ones first, each once, and never the root
    /// itself.
    /// </summary>
    public static IReadOnlyList<string> Paths(IReadOnlyList<string> volumes) =>
        [.. volumes.Select(Clean).Where(path => path != "/").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Clean(string path)
    {
        var parts = new List<string>();
        foreach (string part in path.Split('/'))
        {
            if (part == "..")
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            else if (part is not ("" or "."))
                parts.Add(part);
        }

        return "/" + string.Join('/', parts);
    }
}
