using Microsoft.Extensions.Logging;

namespace Islet.Images.Registry;

/// <summary>The messages about registries and their credentials.</summary>
internal static partial class RegistryMessages
{
    [LoggerMessage(EventId = 301, Level = LogLevel.Warning, Message = "The mirror {Mirror} has no {Image}; trying the next")]
    public static partial void MirrorFailed(this ILogger logger, Exception exception, string mirror, RegistryReference image);

    [LoggerMessage(EventId = 302, Level = LogLevel.Debug, Message = "Request to {Registry} failed; trying again in {Pause}")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string registry, TimeSpan pause);

    [LoggerMessage(EventId = 303, Level = LogLevel.Debug, Message = "The tags of {Repository} can't be listed")]
    public static partial void TagsNotListed(this ILogger logger, Exception exception, string repository);

    [LoggerMessage(
        EventId = 310, Level = LogLevel.Warning,
        Message = "The credential helper's name “{Name}” is not a program's name; it is not run")]
    public static partial void HelperNotNamed(this ILogger logger, string name);

    [LoggerMessage(
        EventId = 311, Level = LogLevel.Warning,
        Message = "docker-credential-{Name} did not answer within {Timeout}; going on without it")]
    public static partial void HelperIsSilent(this ILogger logger, string name, TimeSpan timeout);

    [LoggerMessage(
        EventId = 312, Level = LogLevel.Warning,
        Message = "docker-credential-{Name} can't be used ({Error}); going on without it")]
    public static partial void HelperNotUsed(this ILogger logger, string name, string error);

    [LoggerMessage(
        EventId = 313, Level = LogLevel.Warning,
        Message = "{Path} can't be read ({Error}); registries are asked without its credentials")]
    public static partial void CredentialsNotRead(this ILogger logger, string path, string error);

    [LoggerMessage(
        EventId = 314, Level = LogLevel.Warning,
        Message = "The entry for {Registry} in {Path} is malformed; the registry is asked without it")]
    public static partial void EntryIsMalformed(this ILogger logger, string registry, string path);
}
