using Microsoft.Extensions.Logging;

namespace Islet.Networking.Outbound;

/// <summary>The messages about the frames that leave a guest.</summary>
internal static partial class OutboundMessages
{
    [LoggerMessage(
        EventId = 406, Level = LogLevel.Debug,
        Message = "A frame of a guest is dropped: {Verdict}, {Length} bytes. Further ones are dropped without a message.")]
    public static partial void FrameDropped(this ILogger logger, FrameVerdict verdict, int length);

    [LoggerMessage(EventId = 407, Level = LogLevel.Debug, Message = "A machine's way out is closed: {Reason}")]
    public static partial void WayOutClosed(this ILogger logger, string reason);
}
