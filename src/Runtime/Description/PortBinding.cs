namespace Islet.Description;

/// <summary>A TCP port of the container that is published on the host's loopback address.</summary>
/// <param name="ContainerPort">The port inside.</param>
/// <param name="HostPort">The port on 127.0.0.1; <see langword="null"/>: a free one.</param>
internal sealed record PortBinding(int ContainerPort, int? HostPort);
