using System.Text.RegularExpressions;
using Islet.Values;

namespace Islet;

/// <summary>An image in a registry, in the grammar of Docker's <c>distribution/reference</c>, with Docker's defaults filled in.</summary>
public sealed partial record RegistryReference : ImageReference
{
    private const string DockerHub = "docker.io";
    private const int MaxRepositoryLength = 255;
    private const int MaxRegistryLength = 253 + 6; // a DNS name and a port

    private RegistryReference(string registry, string repository, string? tag, Digest? digest) =>
        (Registry, Repository, Tag, Digest) = (registry, repository, tag, digest);

    /// <summary>The registry's host, with its port if it has one: <c>docker.io</c>, <c>localhost:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>The repository's path in the registry: <c>library/redis</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; <c>latest</c> when neither a tag nor a digest was written.</summary>
    public string? Tag { get; }

    /// <summary>The digest of the manifest or index. It decides which image is meant; a tag next to it only informs the reader.</summary>
    public Digest? Digest { get; }

    /// <summary>Returns <c>registry/repository:tag@digest</c>, in full.</summary>
    public override string ToString() =>
        $"{Registry}/{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    /// <summary>Whether a text is a registry's host name, with or without a port.</summary>
    internal static bool IsRegistry(string text) => text.Length <= MaxRegistryLength && RegistryPattern().IsMatch(text);

    internal static RegistryReference? Parse(string text, out string? error)
    {
        string name = text;
        Digest? digest = null;
        string? tag = null;

        int at = name.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!Digest.TryParse(name[(at + 1)..], out digest))
                return Fail("what follows @ is not a digest such as sha256: and 64 hexadecimal digits in lower case.", out error);
            name = name[..at];
        }

        int colon = name.LastIndexOf(':');
        if (colon > name.LastIndexOf('/'))
        {
            tag = name[(colon + 1)..];
            if (!TagPattern().IsMatch(tag))
                return Fail("a tag has 1 to 128 letters, digits, “_”, “.” and “-”, and begins with none of the last two.", out error);
            name = name[..colon];
        }

        (string registry, string repository) = SplitRegistry(name);
        error = Check(name, registry, repository);
        return error is null ? new RegistryReference(registry, repository, tag ?? (digest is null ? "latest" : null), digest) : null;
    }

    // The first component is a registry only if it can't be part of a name on Docker Hub.
    private static (string Registry, string Repository) SplitRegistry(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool isRegistry = first.AsSpan().IndexOfAny('.', ':') >= 0 || first == "localhost" || first.Any(char.IsAsciiLetterUpper);
        string registry = isRegistry ? first : DockerHub;
        string repository = isRegistry ? name[(slash + 1)..] : name;

        if (registry == "index.docker.io")
            registry = DockerHub;
        if (registry == DockerHub && !repository.Contains('/', StringComparison.Ordinal))
            repository = "library/" + repository;

        return (registry, repository);
    }

    private static string? Check(string name, string registry, string repository)
    {
        if (name.Contains("://", StringComparison.Ordinal))
            return "it begins with a URL scheme; write registry/repository:tag.";
        if (name.Length == 0 || repository.EndsWith('/') || repository.Length == 0)
            return "the repository's name is missing.";
        if (!IsRegistry(registry))
            return $"“{Excerpt.Of(registry)}” is not a registry's host name, with or without a port.";
        if (repository.Any(char.IsAsciiLetterUpper))
            return "a repository's name is in lower case.";
        if (repository.Length > MaxRepositoryLength)
            return $"the repository's name is longer than {MaxRepositoryLength} characters.";
        if (!RepositoryPattern().IsMatch(repository))
        {
            return $"“{Excerpt.Of(repository)}” is not a repository's name: "
                + "parts of lower-case letters and digits, joined by “.”, “_”, “__” or “-”, between slashes.";
        }

        if (BareHashPattern().IsMatch(name))
            return "64 hexadecimal digits are an image's ID, not a name; write repository@sha256: before them.";

        return null;
    }

    private static RegistryReference? Fail(string message, out string? error)
    {
        error = message;
        return null;
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}\z")]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*\z")]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"\A(?:(?!-)[a-zA-Z0-9-]+(?<!-)(?:\.(?!-)[a-zA-Z0-9-]+(?<!-))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?\z")]
    private static partial Regex RegistryPattern();

    [GeneratedRegex(@"\A[a-f0-9]{64}\z")]
    private static partial Regex BareHashPattern();
}
