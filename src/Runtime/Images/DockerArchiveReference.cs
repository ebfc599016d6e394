namespace Islet;

/// <summary>An image in a tar archive, plain or gzip-compressed, as <c>docker save</c> writes it.</summary>
/// <param name="Path">The archive's path, as written.</param>
/// <param name="Name">The name of the image in the archive; <see langword="null"/> for the only one.</param>
public sealed record DockerArchiveReference(string Path, RegistryReference? Name) : ImageReference
{
    internal static DockerArchiveReference? Parse(string text, out string? error)
    {
        (string path, string? name) = SplitPath(text);
        if (path.Length == 0)
        {
            error = "docker-archive: needs the path of an archive.";
            return null;
        }

        error = null;
        RegistryReference? reference = name is null ? null : RegistryReference.Parse(name, out error);
        return error is null ? new DockerArchiveReference(path, reference) : null;
    }

    /// <summary>Returns <c>docker-archive:PATH:reference</c>.</summary>
    public override string ToString() => Name is null ? DockerArchivePrefix + Path : $"{DockerArchivePrefix}{Path}:{Name}";
}
