using System.Globalization;

namespace Islet.Network;

/// <summary>A TCP port of a container that is reachable on the host's loopback address.</summary>
/// <param name="ContainerPort">The port inside the container.</param>
/// <param name="HostPort">The port on 127.0.0.1.</param>
public readonly record struct PublishedPort(int ContainerPort, int HostPort)
{
    /// <summary><c>127.0.0.1:49153 -> 5432</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{HostPort} -> {ContainerPort}");
}
