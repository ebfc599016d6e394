namespace Islet.Benchmarks;

/// <summary>The images and programs that eng/ has built in this checkout.</summary>
internal static class LocalImages
{
    private static readonly string s_artifacts = FindArtifacts();

    public static string Reference(string name) => $"oci:{Layout(name)}:latest";

    public static string Layout(string name) => Path.Combine(s_artifacts, "images", name);

    public static string BaselineInitramfs => Path.Combine(s_artifacts, "baseline", "x86_64", "initramfs.cpio");

    public static string BaselineService => Path.Combine(s_artifacts, "baseline", "x86_64", "service");

    public static string SampleFolder(string name) => Path.Combine(Path.GetDirectoryName(s_artifacts)!, "samples", name);

    private static string FindArtifacts()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string artifacts = Path.Combine(directory.FullName, "artifacts");
            if (Directory.Exists(Path.Combine(artifacts, "images")))
                return artifacts;
        }

        throw new DirectoryNotFoundException("There are no test images; ./bench.sh builds them first.");
    }
}
