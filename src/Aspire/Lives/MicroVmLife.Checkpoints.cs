using Aspire.Hosting.ApplicationModel;
using Islet.Containers;

namespace Islet.Aspire.Lives;

// What a person asks for in the dashboard while the container runs.
internal sealed partial class MicroVmLife
{
    private readonly List<ForkLife> _forks = [];
    private Checkpoint? _checkpoint;
    private int _forkCount;

    /// <summary>Whether there is something to roll back to.</summary>
    public bool HasCheckpoint => Volatile.Read(ref _checkpoint) is not null;

    /// <summary>Freezes the container, in place of what was frozen before, and lets it go on.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Checkpoint checkpoint = await RequireRunning().CheckpointAsync(cancellationToken).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _checkpoint, checkpoint) is { } former)
            await former.DisposeAsync().ConfigureAwait(false);
        _log.CheckpointTaken(checkpoint.Timeline!.ToString());

        // Whether a roll-back is offered depends on it, which is asked for with each change that is published.
        await PublishAsync(static snapshot => snapshot).ConfigureAwait(false);
    }

    /// <summary>Puts the container back to what was frozen.</summary>
    /// <exception cref="InvalidOperationException">Nothing was frozen since its start.</exception>
    public async Task RollBackAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Container container = RequireRunning();
        Checkpoint checkpoint = Volatile.Read(ref _checkpoint)
            ?? throw new InvalidOperationException($"No checkpoint of '{Resource.Name}' was taken since it was started. Take one first.");
        await container.RestoreAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        _log.RolledBack(checkpoint.Created, container.Timeline.ToString());
    }

    /// <summary>Starts a second container in the present state, as a resource of its own.</summary>
    /// <returns>The fork's resource.</returns>
    public async Task<MicroVmForkResource> ForkAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Container fork = await RequireRunning().ForkAsync(cancellationToken).ConfigureAwait(false);
        var life = new ForkLife(new MicroVmForkResource($"{Resource.Name}-fork-{++_forkCount}", Resource), fork, _vm, _around);
        lock (_forks)
            _forks.Add(life);
        _log.Forked(life.Resource.Name, string.Join(", ", fork.Ports));
        await life.BeginAsync().ConfigureAwait(false);
        return life.Resource;
    }

    private async Task EndForksAsync()
    {
        ForkLife[] forks;
        lock (_forks)
        {
            forks = [.. _forks];
            _forks.Clear();
        }

        foreach (ForkLife fork in forks)
            await fork.DisposeAsync().ConfigureAwait(false);
    }

    private Container RequireRunning() => _running?.Container
        ?? throw new InvalidOperationException($"'{Resource.Name}' does not run. Start it first.");

    // Nothing stands on it any more, once the container is gone.
    private async ValueTask ForgetCheckpointAsync()
    {
        if (Interlocked.Exchange(ref _checkpoint, null) is { } checkpoint)
            await checkpoint.DisposeAsync().ConfigureAwait(false);
    }
}
