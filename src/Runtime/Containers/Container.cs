using Islet.Containers;

namespace Islet;

/// <summary>
/// A Linux container in a micro-VM of its own. Disposing it ends the machine and removes everything it had on the host.
/// All members may be used from several threads.
/// </summary>
/// <remarks>
/// The containers of products derive from this class: see <see cref="ContainerBuilder{TBuilder, TContainer}"/> and <see cref="WrapFork"/>.
/// <code>
/// Created ──► Running ◄──► Paused
///             ▲  │  ▲         │
///             │  │  └─ Checkpointed: saved, while a checkpoint is taken or rolled back to
///  roll back, │  ▼            ▼
///  start      Stopped ──► Deleted
/// </code>
/// </remarks>
public partial class Container : IAsyncDisposable
{
    // Null only in the copy that a checkpoint holds.
    private ContainerCore? _core;

    /// <summary>Creates the object that callers use, for a container that has been started.</summary>
    internal Container(ContainerCore core) => _core = core;

    /// <summary>Creates the object of a product, for a container that has been started. Both objects are the same container.</summary>
    /// <param name="container">The container. The product's object disposes it.</param>
    protected Container(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        _core = container.Core;
    }

    /// <summary>
    /// The container's own id, 32 hexadecimal digits: the machine-id inside. A fork gets another id; a roll-back keeps it.
    /// </summary>
    public string Id => Core.Id;

    /// <summary>The name for logs and error messages.</summary>
    public string Name => Core.Blueprint.Name;

    /// <summary>The hostname that the container's processes see. Clients on the host connect to <see cref="Host"/>.</summary>
    public string ContainerHostname => Core.Hostname;

    /// <summary>The image, as the caller named it.</summary>
    public ImageReference Image => Core.Image;

    /// <summary>The image's configuration: environment, entrypoint, user, labels as its makers set them.</summary>
    public ImageConfig ImageConfig => Core.Blueprint.ImageConfig;

    /// <summary>The digest of the manifest that was started.</summary>
    public Digest ImageDigest => Core.Blueprint.ImageDigest;

    /// <summary>The labels of the image and of the builder. If both have a label, the builder's counts.</summary>
    public IReadOnlyDictionary<string, string> Labels => Core.Labels;

    /// <summary>The phases of the start, or of the last roll-back or restart.</summary>
    public StartupTimeline Timeline => Core.Timeline;

    /// <summary>Returns the resources that the container has used until now.</summary>
    public Task<ContainerStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        Core.GetStatisticsAsync(cancellationToken);

    /// <summary>The machine that the container runs in now.</summary>
    public ContainerMachine Machine => new(Core);

    internal ContainerCore Core => _core ?? throw new InvalidOperationException(
        $"{nameof(WrapFork)} of {GetType().Name} asks the container that a checkpoint was taken of. A checkpoint outlives its container. "
        + $"Take from the fork, or from fields of {GetType().Name}.");

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Image}, {State})";
}
