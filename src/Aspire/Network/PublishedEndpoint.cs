using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Network;

/// <summary>An endpoint of a micro-VM.</summary>
/// <param name="Annotation">What Aspire knows of it.</param>
/// <param name="TargetPort">The port inside.</param>
/// <param name="HostPort">The port of 127.0.0.1 behind which it is, at each start.</param>
internal sealed record PublishedEndpoint(EndpointAnnotation Annotation, int TargetPort, ReservedPort HostPort);
