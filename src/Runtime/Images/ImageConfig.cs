using System.Text.Json;
using Islet.Images;
using Islet.Values;

namespace Islet;

/// <summary>The configuration of an image: how it is to be run (OCI image specification, config.md).</summary>
public sealed record ImageConfig
{
    /// <summary>The platform that the image's programs are built for.</summary>
    public required Platform Platform { get; init; }

    /// <summary>The time at which the image was made, if the image states it.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Environment variables, each <c>NAME=value</c>, in the image's order.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>The program to run and its first arguments; <see cref="Cmd"/> follows them.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>The entrypoint's default arguments, or the command when there is no entrypoint.</summary>
    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary>The user: <c>user</c>, <c>uid</c>, <c>user:group</c> …, with names from the image's /etc/passwd; empty for root.</summary>
    public string User { get; init; } = "";

    /// <summary>The working directory; empty for <c>/</c>.</summary>
    public string WorkingDir { get; init; } = "";

    /// <summary>The ports that the image listens on, each <c>port/tcp</c>, <c>port/udp</c> or <c>port</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>The directories that the image declares as volumes. They exist, and are writable even when the root is read-only.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>The image's labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The signal that asks the container to stop, as <c>SIGNAME</c> or a number; <see langword="null"/> for SIGTERM.</summary>
    public string? StopSignal { get; init; }

    /// <summary>The shell that runs command lines of the image, such as that of its healthcheck; empty for <c>/bin/sh -c</c>.</summary>
    public IReadOnlyList<string> Shell { get; init; } = [];

    /// <summary>The image's HEALTHCHECK, if it has one.</summary>
    public HealthcheckConfig? Healthcheck { get; init; }

    /// <summary>The digests of the uncompressed layers, the lowest first.</summary>
    public IReadOnlyList<Digest> DiffIds { get; init; } = [];

    /// <summary>Reads an image configuration.</summary>
    /// <exception cref="InvalidImageException">The configuration is malformed.</exception>
    internal static ImageConfig Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            ImageConfigDocument? document = JsonSerializer.Deserialize(content, ImageJsonContext.Default.ImageConfigDocument);
            return document?.ToConfig() ?? throw new InvalidImageException("The image's configuration is empty.");
        }
        catch (JsonException exception)
        {
            throw new InvalidImageException($"The image's configuration is malformed: {Excerpt.Of(exception.Message)}", exception);
        }
    }
}
