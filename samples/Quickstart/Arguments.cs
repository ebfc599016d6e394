namespace Quickstart;

/// <summary>The images to run: <c>--postgres IMAGE</c> and <c>--redis IMAGE</c>.</summary>
internal sealed record Arguments(string PostgresImage, string RedisImage)
{
    public const string Usage = "usage: Quickstart [--postgres IMAGE] [--redis IMAGE]";

    public static Arguments Parse(string[] args)
    {
        var arguments = new Arguments(
            LocalImage("postgres") ?? "docker.io/library/postgres:17-alpine",
            LocalImage("redis") ?? "docker.io/library/redis:7-alpine");

        for (int index = 0; index < args.Length; index += 2)
        {
            string value = index + 1 < args.Length ? args[index + 1] : throw new FormatException($"{args[index]} needs an image.");
            arguments = args[index] switch
            {
                "--postgres" => arguments with { PostgresImage = value },
                "--redis" => arguments with { RedisImage = value },
                _ => throw new FormatException($"There is no option {args[index]}."),
            };
        }

        return arguments;
    }

    /// <summary>The image that eng/images/build.sh has made in this checkout, if it has.</summary>
    private static string? LocalImage(string name)
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
