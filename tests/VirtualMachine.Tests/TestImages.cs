namespace Islet.VirtualMachine.Tests;

/// <summary>The images that eng/images/build.sh makes from Debian packages.</summary>
internal static class TestImages
{
    public static string Debian => Reference("debian");

    public static string Postgres => Reference("postgres");

    public static string Redis => Reference("redis");

    public static string BusyBox(string architecture) => Reference($"busybox_{architecture}");

    /// <summary>Returns the folder of an image's OCI layout. The test is skipped where it has not been built.</summary>
    public static string Layout(string name)
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string layout = Path.Combine(directory.FullName, "artifacts", "images", name);
            if (File.Exists(Path.Combine(layout, "index.json")))
                return layout;
        }

        Assert.Skip($"The test image {name} has not been built; ./test.sh builds it.");
        return null!;
    }

    private static string Reference(string name) => $"oci:{Layout(name)}:latest";
}
