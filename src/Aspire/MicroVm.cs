using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Network;

namespace Islet.Aspire;

/// <summary>A container resource that was taken over.</summary>
internal sealed class MicroVm
{
    public required ContainerResource Resource { get; init; }

    public required MicroVmOptions Options { get; init; }

    /// <summary>The image, complete with registry and tag, or a path.</summary>
    public required string Image { get; init; }

    /// <summary>Where each of the resource's endpoints is, on the host and inside.</summary>
    public required IReadOnlyList<PublishedEndpoint> Endpoints { get; init; }

    /// <summary>How long its state lives.</summary>
    public required Lifetime Lifetime { get; init; }

    public bool IsPersistent => Lifetime.IsPersistent;

    public bool StartsWarm => Resource.Annotations.OfType<MicroVmWarmStartAnnotation>().Any();
}
