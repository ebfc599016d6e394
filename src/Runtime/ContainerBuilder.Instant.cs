using System.Collections.Immutable;
using Islet.Containers;

namespace Islet;

// Starts that need not start: instant-start.md.
public abstract partial record ContainerBuilder<TBuilder, TContainer>
{
    private ImmutableArray<(string Version, Func<TContainer, CancellationToken, Task> Action)> _callbacks = [];

    /// <summary>
    /// Says that checkpoints of the container will be taken: it keeps its memory in a file, so that
    /// <see cref="Container.CheckpointAsync(CancellationToken)"/> need not write it. That goes for the first checkpoint. Later ones, and those
    /// of any other container, write the memory that the container has touched, which takes about a second for each GiB, and more on a busy host.
    /// </summary>
    public TBuilder WithCheckpoints() => With(_options with { WillBeCheckpointed = true });

    /// <summary>
    /// Starts the container from the state in which it was ready the last time. The first start is an ordinary one; the ready container is
    /// then frozen into the cache, and later starts, also in other processes, restore it.
    /// </summary>
    /// <remarks>
    /// What counts is everything that determines the ready state: the image, the command, the environment, the user, the limits, files
    /// copied in with their content, the wait strategy's description, the versions given to <see cref="WithStartupCallback"/>, and the
    /// versions of Islet and of what runs its machines. When any of it differs, the container starts anew. Values in the environment and in
    /// files reach the cache's names only as a keyed hash. See instant-start.md for what an image must not do before it is ready.
    /// </remarks>
    public TBuilder WithWarmStart() => With(_options with { WarmStart = true });

    /// <summary>
    /// Does something with the container once it is ready, before it counts as started: creates a schema, loads rows. Callbacks run in the
    /// order they were given; with <see cref="WithWarmStart"/>, only when there is no such container in the cache yet.
    /// </summary>
    /// <param name="version">
    /// Names what the callback does, for a warm start: when its effect changes, change this too. A hash of the scripts it runs is a good one.
    /// </param>
    /// <param name="callback">What is done, with what the start is going to give. An exception makes the start fail.</param>
    public TBuilder WithStartupCallback(string version, Func<TContainer, CancellationToken, Task> callback)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        ArgumentNullException.ThrowIfNull(callback);
        return (TBuilder)(this with { _callbacks = _callbacks.Add((version, callback)) });
    }

    private IEnumerable<StartupCallback> Wrapping(ImmutableArray<(string Version, Func<TContainer, CancellationToken, Task> Action)> callbacks) =>
        callbacks.Select(callback => new StartupCallback(
            callback.Version, (container, cancellationToken) => callback.Action(Wrap(container), cancellationToken)));
}
