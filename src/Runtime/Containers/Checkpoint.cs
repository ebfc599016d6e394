using Islet.Containers;
using Islet.Diagnostics;
using Islet.Engine;
using Islet.Snapshots;
using Islet.Starting;

namespace Islet;

/// <summary>
/// A container's memory and disk, saved at one moment. It never changes. Any number of containers may be started from it at once, each in
/// a machine of its own that begins in exactly that state.
/// </summary>
/// <remarks>
/// A checkpoint without a name is removed once it was disposed and no container is based on it any more. If the process dies first, the
/// next process that uses the cache removes it. A checkpoint with a name stays until it is deleted, or until the cache needs its space.
/// </remarks>
public sealed class Checkpoint : IAsyncDisposable
{
    private readonly RuntimeEngine _engine;
    private readonly SnapshotLease _snapshot;
    private readonly ContainerBlueprint _blueprint;
    private readonly Func<Container, Container> _wrapFork;
    private int _disposed;

    /// <summary>
    /// Creates a checkpoint that takes ownership of the snapshot. Nothing in it may lead to the container, which need not live as long.
    /// </summary>
    internal Checkpoint(
        RuntimeEngine engine, SnapshotLease snapshot, ContainerBlueprint blueprint, StartupTimeline? timeline,
        Func<Container, Container> wrapFork)
    {
        _wrapFork = wrapFork;
        _engine = engine;
        _snapshot = snapshot;
        _blueprint = blueprint;
        Timeline = timeline;
    }

    /// <summary>The id by which it can be opened; 64 hexadecimal digits.</summary>
    public string Id => _snapshot.Name.Key.ToString();

    /// <summary>Its name, if it was given one.</summary>
    public string? Name => CheckpointSnapshots.NameOf(_snapshot.Manifest);

    /// <summary>The time at which it was taken.</summary>
    public DateTimeOffset Created => _snapshot.Manifest.Created;

    /// <summary>The image of the container, as the caller named it.</summary>
    public ImageReference Image => _blueprint.Options.Image;

    /// <summary>The space it takes on the host's disk.</summary>
    public MemorySize SizeOnDisk => MemorySize.FromBytes(_snapshot.Files.Allocated);

    /// <summary>
    /// The phases of taking it, until the container ran on; <see langword="null"/> for a checkpoint that was opened.
    /// </summary>
    public StartupTimeline? Timeline { get; }

    /// <summary>Whether its content may have changed since it was made, so that the first start compares it with its seal.</summary>
    internal bool MustBeVerified => Timeline is null;

    /// <summary>Starts a container in the checkpoint's state, in a machine of its own.</summary>
    /// <remarks>
    /// The new container differs from the one that the checkpoint was taken of in these: its published ports, which are free ones; its
    /// hostname, unless <see cref="ContainerBuilder{TBuilder, TContainer}.WithHostname"/> set one; its machine-id and hardware address; its
    /// clock, which is right; and the state of its random generator.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the start; nothing is left behind.</param>
    /// <exception cref="ContainerStartException">
    /// The start failed; nothing is left of it. With <see cref="ContainerStartReason.Checkpoint"/>, the checkpoint is damaged, or was taken
    /// with another QEMU than the present one.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public Task<Container> ForkAsync(CancellationToken cancellationToken = default) => ForkAsync(new ForkOptions(), cancellationToken);

    /// <summary>Starts a container in the checkpoint's state, in a machine of its own, with chosen ports.</summary>
    /// <param name="options">The ports to publish, instead of free ones.</param>
    /// <param name="cancellationToken">Cancels the start; nothing is left behind.</param>
    /// <exception cref="PortUnavailableException">A chosen port is taken.</exception>
    /// <inheritdoc cref="ForkAsync(CancellationToken)"/>
    public async Task<Container> ForkAsync(ForkOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var timeline = new StartupTimeline();
        var operation = ContainerOperation.Fork(timeline);
        operation.Activity?.Describe(_blueprint.Options);
        try
        {
            SnapshotLease baseSnapshot = await ShareAsync(cancellationToken).ConfigureAwait(false);
            ContainerCore fork = await new ContainerStarter(_engine).StartFromAsync(
                _blueprint with { Options = options.Apply(_blueprint.Options) }, baseSnapshot, null, MustBeVerified, timeline,
                cancellationToken).ConfigureAwait(false);
            Container product = await fork.WrapAsync(core => _wrapFork(new Container(core))).ConfigureAwait(false);
            operation.Activity?.Describe(fork);
            operation.Complete();
            return product;
        }
        catch (Exception exception)
        {
            if (exception is SavedMachineException)
                IsletMetrics.SnapshotRefused(StartKinds.Checkpoint);
            Exception reported = StartFailure.ForCaller(exception);
            operation.Fail(reported);
            if (ReferenceEquals(reported, exception))
                throw;
            throw reported;
        }
    }

    /// <summary>
    /// Starts a container of a product in the checkpoint's state, in a machine of its own. The checkpoint must be of such a container, and
    /// taken in this process.
    /// </summary>
    /// <typeparam name="TContainer">The type of the container that the checkpoint was taken of.</typeparam>
    /// <param name="cancellationToken">Cancels the start; nothing is left behind.</param>
    /// <exception cref="InvalidOperationException">The checkpoint is of a container of another type, or was opened by its name.</exception>
    /// <inheritdoc cref="ForkAsync(CancellationToken)"/>
    public Task<TContainer> ForkAsync<TContainer>(CancellationToken cancellationToken = default)
        where TContainer : Container => ForkAsync<TContainer>(new ForkOptions(), cancellationToken);

    /// <summary>Starts a container of a product in the checkpoint's state, in a machine of its own, with chosen ports.</summary>
    /// <param name="options">The ports to publish, instead of free ones.</param>
    /// <param name="cancellationToken">Cancels the start; nothing is left behind.</param>
    /// <exception cref="PortUnavailableException">A chosen port is taken.</exception>
    /// <inheritdoc cref="ForkAsync{TContainer}(CancellationToken)"/>
    public async Task<TContainer> ForkAsync<TContainer>(ForkOptions options, CancellationToken cancellationToken = default)
        where TContainer : Container
    {
        Container fork = await ForkAsync(options, cancellationToken).ConfigureAwait(false);
        if (fork is TContainer product)
            return product;

        await fork.DisposeAsync().ConfigureAwait(false);
        throw new InvalidOperationException(
            $"A fork of {this} is a {fork.GetType().Name}, not a {typeof(TContainer).Name}. A checkpoint knows the product if it was taken "
            + $"of a {typeof(TContainer).Name} in this process, and if that type overrides {nameof(Container)}.WrapFork.");
    }

    /// <summary>Removes it from the disk now, even if it has a name.</summary>
    /// <exception cref="CheckpointInUseException">A container, or another checkpoint, is based on it.</exception>
    public async Task DeleteAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Exchange(ref _disposed, 1);
        _snapshot.Dispose();
        await CheckpointSnapshots.DeleteAsync(_engine.Snapshots, _snapshot.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await _engine.Snapshots.ReleaseAsync(_snapshot).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name ?? Id[..12]} ({Image}, {Created:u})";

    /// <summary>Opens the snapshot once more, for a container or a checkpoint that is based on it.</summary>
    internal Task<SnapshotLease> ShareAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _engine.Snapshots.ShareAsync(_snapshot, cancellationToken);
    }

    internal void RequireFits(ContainerBlueprint blueprint)
    {
        if (_blueprint.ImageDigest != blueprint.ImageDigest
            || _blueprint.Machine with { Name = blueprint.Machine.Name } != blueprint.Machine)
        {
            throw new ArgumentException(
                $"{blueprint.Name} can't be rolled back to {this}: that is a checkpoint of another image, "
                + "or of a machine with other memory, CPUs, kernel, agent, architecture or translator.");
        }
    }
}
