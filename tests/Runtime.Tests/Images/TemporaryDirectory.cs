namespace Islet.Tests.Images;

/// <summary>The directory of one test, removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("islet-test-").FullName;

    public string Combine(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>Returns the regular files below the directory, by relative paths.</summary>
    public IReadOnlyList<string> Files(string below = "") => Directory.Exists(Combine(below))
        ? [.. Directory.EnumerateFiles(Combine(below), "*", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Path, file))]
        : [];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
