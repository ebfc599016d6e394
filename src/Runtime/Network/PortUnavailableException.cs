using System.Net.Sockets;
using Islet.Networking;

namespace Islet;

/// <summary>The error that a container can't be published on a port of 127.0.0.1 because the port can't be used.</summary>
public sealed class PortUnavailableException : ContainerStartException
{
    internal PortUnavailableException(int hostPort, string message, Exception innerException)
        : base(ContainerStartReason.Port, message, innerException) => HostPort = hostPort;

    /// <summary>The requested port; 0 if any free one was requested.</summary>
    public int HostPort { get; }

    internal static PortUnavailableException For(int hostPort, SocketException cause) =>
        new(hostPort, Explain(hostPort, cause), cause);

    private static string Explain(int hostPort, SocketException cause) => (hostPort, cause.SocketErrorCode) switch
    {
        (0, _) =>
            $"No free port could be had on 127.0.0.1: {cause.Message}. Publish fewer ports, or stop programs that hold many.",
        (_, SocketError.AddressAlreadyInUse) =>
            $"Port {hostPort} on 127.0.0.1 is already in use by {PortHolder.Find(hostPort) ?? "another process"}. "
            + "Stop that process, publish on another host port, or leave the host port out so that a free one is taken.",
        (_, SocketError.AccessDenied) =>
            $"Port {hostPort} on 127.0.0.1 needs privileges that this process does not have. Publish on a host port above 1023.",
        _ =>
            $"Port {hostPort} on 127.0.0.1 can't be listened on: {cause.Message}. Publish on another host port.",
    };
}
