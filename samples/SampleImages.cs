namespace Samples;

/// <summary>The images that the samples run: those that eng/images/build.sh has made in this checkout, else those of Docker Hub.</summary>
internal static class SampleImages
{
    public static string Postgres => Local("postgres") ?? "docker.io/library/postgres:17";

    public static string Redis => Local("redis") ?? "docker.io/library/redis:7";

    private static string? Local(string name)
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string layout = Path.Combine(directory.FullName, "artifacts", "images", name);
            if (File.Exists(Path.Combine(layout, "index.json")))
                return $"oci:{layout}:latest";
        }

        return null;
    }
}
