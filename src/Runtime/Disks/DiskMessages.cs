using Microsoft.Extensions.Logging;

namespace Islet.Disks;

/// <summary>The messages about the disks of images.</summary>
internal static partial class DiskMessages
{
    [LoggerMessage(EventId = 320, Level = LogLevel.Warning, Message = "The disk of {Image} at {Path} is damaged and is made again")]
    public static partial void DiskIsDamaged(this ILogger logger, ImageReference image, string path);
}
