using Microsoft.Extensions.Logging;

namespace Islet.Diagnostics;

/// <summary>The messages that Islet logs, each with a permanent id.</summary>
internal static partial class IsletEvents
{
    /// <summary>The category of messages about containers: the name of the public type.</summary>
    public const string ContainerCategory = "Islet.Container";

    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "{Container} ({Image}) is ready: {Timeline}")]
    public static partial void ContainerReady(this ILogger logger, string container, object image, StartupTimeline timeline);

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "The machine of {Container} has crashed: {Reason}")]
    public static partial void MachineCrashed(this ILogger logger, string container, string reason);

    [LoggerMessage(EventId = 102, Level = LogLevel.Warning, Message = "{Container} starts without a file of the host: {File}")]
    public static partial void FileLeftOut(this ILogger logger, string container, string file);
}
