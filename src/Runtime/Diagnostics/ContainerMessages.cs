using Microsoft.Extensions.Logging;

namespace Islet.Diagnostics;

/// <summary>The messages about containers, each with a permanent id.</summary>
internal static partial class ContainerMessages
{
    /// <summary>The category of messages about containers: the name of the public type.</summary>
    public const string ContainerCategory = "Islet.Container";

    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "{Container} ({Image}) is ready: {Timeline}")]
    public static partial void ContainerReady(this ILogger logger, string container, object image, StartupTimeline timeline);

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "The machine of {Container} has crashed: {Reason}")]
    public static partial void MachineCrashed(this ILogger logger, string container, string reason);

    [LoggerMessage(EventId = 102, Level = LogLevel.Warning, Message = "{Container} starts without a file of the host: {File}")]
    public static partial void FileLeftOut(this ILogger logger, string container, string file);

    [LoggerMessage(EventId = 220, Level = LogLevel.Information, Message = "{Container} is restored from its warm state: {Timeline}")]
    public static partial void WarmStateRestored(this ILogger logger, string container, StartupTimeline timeline);

    [LoggerMessage(
        EventId = 221, Level = LogLevel.Warning, Message = "The warm state of {Container} can't be used and is made again: {Reason}")]
    public static partial void WarmStateRefused(this ILogger logger, string container, string reason);

    [LoggerMessage(
        EventId = 222, Level = LogLevel.Warning,
        Message = "The warm state of {Container} can't be kept; the next start is an ordinary one: {Reason}")]
    public static partial void WarmStateNotKept(this ILogger logger, string container, string reason);

    [LoggerMessage(
        EventId = 223, Level = LogLevel.Warning,
        Message = "{Container} is started without a warm state, because the cache can't be used: {Reason}")]
    public static partial void WarmStartNotUsed(this ILogger logger, string container, string reason);
}
