namespace Aspire.Hosting.ApplicationModel;

/// <summary>A URL that the dashboard shows for the resource.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }

    public string? DisplayText { get; set; }

    public EndpointReference? Endpoint { get; init; }
}
