using System.Collections.Immutable;
using Islet.Containers;

namespace Islet;

// Starts that restore a saved state: instant-start.md.
public abstract partial class ContainerBuilder<TBuilder, TContainer>
{
    private ImmutableArray<(string Version, Func<TContainer, CancellationToken, Task> Action)> _callbacks = [];

    /// <summary>
    /// Prepares the container for checkpoints: its memory is kept in a file, so that
    /// <see cref="Container.CheckpointAsync(CancellationToken)"/> need not write it. This applies to the first checkpoint. Later ones, and
    /// those of any other container, write the memory that the container has touched. That takes about a second for each GiB, and more on a
    /// busy host.
    /// </summary>
    public TBuilder WithCheckpoints() => With(_options with { WillBeCheckpointed = true });

    /// <summary>
    /// Starts the container from the state in which it was ready the last time. The first start is an ordinary one. The ready container is
    /// then saved in the cache, and later starts, also in other processes, restore it.
    /// </summary>
    /// <remarks>
    /// The saved state is used only if everything that determines it is the same: the image, the command, the environment, the user, the
    /// limits, the files copied in with their content, the wait strategy's description, the versions given to
    /// <see cref="WithStartupCallback"/>, the version of Islet, and the versions of what runs its machines. When any of it differs, the
    /// container starts in the ordinary way. Values in the environment and in files reach the cache's names only as a keyed hash. See
    /// instant-start.md for what an image must not do before it is ready.
    /// </remarks>
    public TBuilder WithWarmStart() => With(_options with { WarmStart = true });

    /// <summary>
    /// Adds a callback that runs once the container is ready, before it counts as started: to create a schema, to load rows. Callbacks run
    /// in the order in which they were added. With <see cref="WithWarmStart"/> they run only when there is no such container in the cache
    /// yet.
    /// </summary>
    /// <param name="version">
    /// A name for the effect of the callback, for a warm start: change it when that effect changes. A hash of the scripts it runs is a good
    /// one.
    /// </param>
    /// <param name="callback">
    /// The callback. It is called with the result of the start. An exception makes the start fail: it is the inner one of a
    /// <see cref="ContainerStartException"/> with the reason <see cref="ContainerStartReason.CallersCode"/>.
    /// </param>
    public TBuilder WithStartupCallback(string version, Func<TContainer, CancellationToken, Task> callback)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        ArgumentNullException.ThrowIfNull(callback);
        return With(copy => copy._callbacks = _callbacks.Add((version, callback)));
    }

    private IEnumerable<StartupCallback> Wrapping(
        ImmutableArray<(string Version, Func<TContainer, CancellationToken, Task> Action)> callbacks) =>
        callbacks.Select(callback => new StartupCallback(
            callback.Version, (container, cancellationToken) => callback.Action(Wrap(new Container(container)), cancellationToken)));
}
