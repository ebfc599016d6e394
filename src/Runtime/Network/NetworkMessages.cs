using System.Net;
using Microsoft.Extensions.Logging;

namespace Islet.Networking;

/// <summary>The messages about connections between the host and a guest.</summary>
internal static partial class NetworkMessages
{
    [LoggerMessage(EventId = 400, Level = LogLevel.Warning, Message = "A client of a socket can't be accepted yet: {Reason}.")]
    public static partial void ClientNotAccepted(this ILogger logger, string reason);

    [LoggerMessage(
        EventId = 401, Level = LogLevel.Debug,
        Message = "A client of a published port is reset: it could not be connected to the guest.")]
    public static partial void ClientNotConnected(this ILogger logger, Exception exception);

    [LoggerMessage(
        EventId = 402, Level = LogLevel.Debug,
        Message = "A client of a published port is reset: one side has reset the connection.")]
    public static partial void ConnectionReset(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 403, Level = LogLevel.Debug, Message = "The guest was gone when a forwarded connection was closed.")]
    public static partial void GuestWasGone(this ILogger logger, Exception exception);

    [LoggerMessage(
        EventId = 404, Level = LogLevel.Debug,
        Message = "No further clients of port {Port} of the host are taken from the guest.")]
    public static partial void NoFurtherClients(this ILogger logger, Exception exception, int port);

    [LoggerMessage(
        EventId = 405, Level = LogLevel.Debug,
        Message = "A client in the guest is reset: nothing accepts connections at {Address}:{Port}.")]
    public static partial void NothingAccepts(this ILogger logger, Exception exception, IPAddress address, int port);
}
