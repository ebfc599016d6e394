using Islet.Snapshots;

namespace Islet;

// Checkpoints, forks and roll-backs.
public partial class Container
{
    /// <summary>Saves the container's memory and disk at one moment, and lets the container run on.</summary>
    /// <remarks>
    /// Connections through published ports are closed first, and clients that connect meanwhile wait. Processes that
    /// <see cref="ExecAsync"/> has started run on too, without their streams. For a container started with
    /// <see cref="ContainerBuilder{TBuilder, TContainer}.WithCheckpoints"/>, the memory need not be written: see instant-start.md.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the call as long as nothing is saved; the container runs on.</param>
    /// <returns>The checkpoint. It is removed once it was disposed and no container is based on it any more.</returns>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    /// <exception cref="StorageException">It can't be written: most often there is no space. The container runs on.</exception>
    /// <exception cref="CheckpointException">Too many checkpoints are based on one another: 256. The container runs on.</exception>
    public Task<Checkpoint> CheckpointAsync(CancellationToken cancellationToken = default) => TakeCheckpointAsync(null, cancellationToken);

    /// <summary>
    /// Saves the container's memory and disk at one moment under a name, and lets the container run on. The checkpoint stays in the cache
    /// when it is disposed: <see cref="ContainerRuntime.OpenCheckpointAsync"/> finds it again.
    /// </summary>
    /// <param name="name">The name. An older checkpoint of that name is removed, once no container is based on it any more.</param>
    /// <param name="cancellationToken">Cancels the call as long as nothing is saved; the container runs on.</param>
    /// <inheritdoc cref="CheckpointAsync(CancellationToken)"/>
    public Task<Checkpoint> CheckpointAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return TakeCheckpointAsync(name, cancellationToken);
    }

    /// <summary>
    /// Rolls the container back: a new machine, in the checkpoint's state, replaces the present one. The published ports stay
    /// the same; connections through them are closed. A container that has stopped runs again.
    /// </summary>
    /// <param name="checkpoint">A checkpoint of this container, or of one with the same image, memory and CPUs.</param>
    /// <param name="cancellationToken">
    /// Cancels the call as long as the present machine has not been replaced; the container runs on.
    /// </param>
    /// <exception cref="ArgumentException">The checkpoint is of another image or another kind of machine.</exception>
    /// <exception cref="ContainerEndedException">The container was disposed.</exception>
    /// <exception cref="CheckpointException">The checkpoint is damaged, or gone from the cache. The container is as it was.</exception>
    public Task RollBackAsync(Checkpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.RequireFits(Core.Blueprint);
        return Core.RollBackAsync(checkpoint.ShareAsync, checkpoint.MustBeVerified, cancellationToken);
    }

    /// <summary>
    /// Makes the object of a product for another container, which was started from a checkpoint of this one: the same type, with the same
    /// credentials. A product overrides it. Default: returns <paramref name="fork"/>.
    /// </summary>
    /// <remarks>
    /// It is called on a copy of this object that has the product's fields but no container, because a checkpoint does not keep its
    /// container in memory. Members of <see cref="Container"/> throw <see cref="InvalidOperationException"/> there.
    /// </remarks>
    /// <param name="fork">The other container. The result disposes it.</param>
    protected virtual Container WrapFork(Container fork) => fork;

    /// <summary>
    /// Opens the snapshot that the container was started from, rolled back to or last saved in. It saves nothing new.
    /// </summary>
    /// <returns>A checkpoint that the caller disposes; <see langword="null"/> for a container that was started from its image.</returns>
    /// <exception cref="ContainerEndedException">The container was disposed.</exception>
    internal async Task<Checkpoint?> OpenBaseAsync(CancellationToken cancellationToken) =>
        await Core.OpenBaseAsync(cancellationToken).ConfigureAwait(false) is { } snapshot ? NewCheckpoint(snapshot, Timeline) : null;

    private async Task<Checkpoint> TakeCheckpointAsync(string? name, CancellationToken cancellationToken)
    {
        StartupTimeline timeline = Core.NewTimeline();
        return NewCheckpoint(await Core.CheckpointAsync(name, timeline, cancellationToken).ConfigureAwait(false), timeline);
    }

    private Checkpoint NewCheckpoint(SnapshotLease snapshot, StartupTimeline timeline)
    {
        var product = (Container)MemberwiseClone();
        product._core = null;
        return new Checkpoint(Core.Engine, snapshot, Core.Blueprint, timeline, product.WrapFork);
    }
}
