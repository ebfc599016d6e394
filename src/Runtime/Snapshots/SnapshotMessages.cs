using Microsoft.Extensions.Logging;

namespace Islet.Snapshots;

/// <summary>The messages about the snapshots in the store.</summary>
internal static partial class SnapshotMessages
{
    [LoggerMessage(
        EventId = 230, Level = LogLevel.Warning,
        Message = "The snapshots in {Directory} take more than their limit, and none can be removed")]
    public static partial void LimitExceeded(this ILogger logger, Exception exception, string directory);

    [LoggerMessage(EventId = 231, Level = LogLevel.Warning, Message = "The snapshot {Name} could not be removed")]
    public static partial void SnapshotNotRemoved(this ILogger logger, Exception exception, SnapshotName name);

    [LoggerMessage(EventId = 232, Level = LogLevel.Warning, Message = "The snapshot {Name} in {Directory} is not used: {Fault}")]
    public static partial void SnapshotNotUsed(this ILogger logger, SnapshotName name, string directory, string fault);

    [LoggerMessage(EventId = 233, Level = LogLevel.Warning, Message = "The snapshot {Name} could not be sealed")]
    public static partial void SnapshotNotSealed(this ILogger logger, Exception exception, SnapshotName name);
}
