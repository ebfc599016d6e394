namespace Aspire.Hosting.ApplicationModel;

/// <summary>The image of a container. What has one is a container to the orchestrator.</summary>
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    private string? _tag;
    private string? _sha256;

    public string? Registry { get; set; }

    public required string Image { get; set; }

    public string? Tag
    {
        get => _tag;
        set
        {
            _tag = value;
            _sha256 = value is null ? _sha256 : null;
        }
    }

    public string? SHA256
    {
        get => _sha256;
        set
        {
            _sha256 = value;
            _tag = value is null ? _tag : null;
        }
    }
}
