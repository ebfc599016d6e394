namespace Islet;

/// <summary>Forks of a container. They have the container's own type: a fork of a <c>PostgreSqlContainer</c> is one too.</summary>
public static class ContainerForkExtensions
{
    /// <summary>
    /// Starts another container in this one's present state; this one runs on. For many forks of one state, take one checkpoint.
    /// </summary>
    /// <typeparam name="TContainer">The type of the container.</typeparam>
    /// <param name="container">The container.</param>
    /// <param name="cancellationToken">Cancels the call; this container runs on, and nothing is left of the fork.</param>
    /// <returns>The fork, with its own ports, hostname and identity.</returns>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    /// <exception cref="InvalidOperationException">The type does not override <see cref="Container.WrapFork"/>.</exception>
    /// <exception cref="StorageException">The state can't be written: most often there is no space. The container runs on.</exception>
    /// <exception cref="CheckpointException">Too many checkpoints are based on one another: 256. The container runs on.</exception>
    public static async Task<TContainer> ForkAsync<TContainer>(this TContainer container, CancellationToken cancellationToken = default)
        where TContainer : Container
    {
        ArgumentNullException.ThrowIfNull(container);
        Checkpoint checkpoint = await container.CheckpointAsync(cancellationToken).ConfigureAwait(false);
        await using (checkpoint.ConfigureAwait(false))
            return await checkpoint.ForkAsync<TContainer>(cancellationToken).ConfigureAwait(false);
    }
}
