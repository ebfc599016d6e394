using Microsoft.Extensions.Logging;

namespace Islet.Images.Store;

/// <summary>The messages about the image store.</summary>
internal static partial class ImageStoreMessages
{
    [LoggerMessage(EventId = 300, Level = LogLevel.Information, Message = "Pulling {Image} for {Platform}")]
    public static partial void Pulling(this ILogger logger, RegistryReference image, Platform platform);
}
