using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.ApplicationModel;

/// <summary>An endpoint of a micro-VM.</summary>
/// <param name="Annotation">Aspire's description of the endpoint.</param>
/// <param name="TargetPort">The port inside.</param>
/// <param name="HostPort">The port of 127.0.0.1 that leads to the endpoint, the same at each start.</param>
internal sealed record PublishedEndpoint(EndpointAnnotation Annotation, int TargetPort, ReservedPort HostPort);
