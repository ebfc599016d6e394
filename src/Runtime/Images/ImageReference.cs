using System.Diagnostics.CodeAnalysis;
using Islet.Values;

namespace Islet;

/// <summary>
/// The location of an image: <c>[registry[:port]/]repository[:tag][@digest]</c>, <c>oci:PATH[:tag]</c> for an OCI image layout folder, or
/// <c>docker-archive:PATH[:reference]</c> for a file written by <c>docker save</c>. The prefixes are those of containers-transports(5), and
/// so is the rule that a path contains no colon.
/// </summary>
public abstract record ImageReference
{
    private protected const string OciPrefix = "oci:";
    private protected const string DockerArchivePrefix = "docker-archive:";

    private protected ImageReference()
    {
    }

    /// <summary>Reads a reference and fills in Docker's defaults: <c>redis</c> becomes <c>docker.io/library/redis:latest</c>.</summary>
    /// <exception cref="FormatException">The reference is malformed; the message says where.</exception>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(text, out string? error) ?? throw new FormatException($"“{Excerpt.Of(text)}” is not an image reference: {error}");
    }

    /// <summary>Reads a reference.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = text is null ? null : Parse(text, out _);
        return reference is not null;
    }

    private static ImageReference? Parse(string text, out string? error)
    {
        if (text.Length == 0 || text.Any(char.IsControl))
        {
            error = text.Length == 0 ? "it is empty." : "it contains a control character.";
            return null;
        }

        if (text.StartsWith(OciPrefix, StringComparison.Ordinal))
            return OciLayoutReference.Parse(text[OciPrefix.Length..], out error);
        if (text.StartsWith(DockerArchivePrefix, StringComparison.Ordinal))
            return DockerArchiveReference.Parse(text[DockerArchivePrefix.Length..], out error);

        return RegistryReference.Parse(text, out error);
    }

    /// <summary>Splits <c>PATH[:name]</c> at the first colon.</summary>
    private protected static (string Path, string? Name) SplitPath(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }
}
