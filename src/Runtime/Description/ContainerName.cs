namespace Islet.Description;

/// <summary>The name of a container for which the caller gave none: the last part of its image's name.</summary>
internal static class ContainerName
{
    public static string From(ImageReference image)
    {
        string text = image switch
        {
            RegistryReference registry => registry.Repository,
            OciLayoutReference layout => layout.Path,
            DockerArchiveReference archive => archive.Path,
            _ => "container",
        };
        string last = text.TrimEnd('/')[(text.TrimEnd('/').LastIndexOf('/') + 1)..];
        string name = new string([.. last.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        return name.Length == 0 ? "container" : name;
    }

    /// <summary>Converts the name to that of a machine: letters, digits and hyphens, 63 at most.</summary>
    public static string ForMachine(string name)
    {
        string plain = new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-').Take(63)]).TrimStart('-');
        return plain.Length == 0 ? "container" : plain;
    }
}
