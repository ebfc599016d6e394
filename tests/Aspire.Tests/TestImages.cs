namespace Islet.Aspire.Tests;

/// <summary>
/// The images that eng/images/build.sh makes from Debian packages, used instead of those that Aspire's integrations name.
/// </summary>
internal static class TestImages
{
    public static string Debian => Reference("debian");

    public static string Postgres => Reference("postgres");

    public static string Redis => Reference("redis");

    /// <summary>Sets the image of a container; for <c>UseMicroVms</c>.</summary>
    public static void Use(ContainerResource container, MicroVmOptions options)
    {
        options.Image ??= container switch
        {
            PostgresServerResource => Postgres,
            RedisResource => Redis,
            RabbitMQServerResource => Reference("rabbitmq"),
            _ => container.Annotations.OfType<ContainerImageAnnotation>().Last().Image is ("nginx" or "memcached") and string known
                ? Reference(known)
                : Debian,
        };

        // A shell that is asked to end before it has set its trap does not end.
        options.StopTimeout = TimeSpan.FromSeconds(3);
    }

    private static string Reference(string name)
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string layout = Path.Combine(directory.FullName, "artifacts", "images", name);
            if (File.Exists(Path.Combine(layout, "index.json")))
                return $"oci:{layout}:latest";
        }

        Assert.Skip($"The test image {name} has not been built; ./test.sh builds it.");
        return null!;
    }
}
