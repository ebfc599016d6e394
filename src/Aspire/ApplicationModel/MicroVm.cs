using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.ApplicationModel;

/// <summary>A container resource that was taken over from the orchestrator.</summary>
internal sealed class MicroVm
{
    public required ContainerResource Resource { get; init; }

    public required MicroVmOptions Options { get; init; }

    /// <summary>The image: a complete name with registry and tag, or a path.</summary>
    public required string Image { get; init; }

    /// <summary>The addresses of the resource's endpoints, on the host and inside.</summary>
    public required IReadOnlyList<PublishedEndpoint> Endpoints { get; init; }

    /// <summary>The lifetime of the container's state.</summary>
    public required StateLifetime Lifetime { get; init; }

    public bool IsPersistent => Lifetime.IsPersistent;

    public bool StartsWarm => Resource.Annotations.OfType<MicroVmWarmStartAnnotation>().Any();
}
