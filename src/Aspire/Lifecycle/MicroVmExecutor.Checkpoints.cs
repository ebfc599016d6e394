using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Logging;

namespace Islet.Aspire.Lifecycle;

// The commands that exist for micro-VMs only.
internal sealed partial class MicroVmExecutor
{
    private readonly List<ForkExecutor> _forks = [];
    private readonly KeptCheckpoints _checkpoints = new();
    private int _forkCount;

    /// <summary>The checkpoints taken since the container's start.</summary>
    public KeptCheckpoints Checkpoints => _checkpoints;

    /// <summary>Takes a checkpoint under a name, and replaces an earlier one of that name. The container continues.</summary>
    public async Task<Checkpoint> CheckpointAsync(string name, CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Checkpoint checkpoint = await RequireRunning().CheckpointAsync(cancellationToken).ConfigureAwait(false);
        await _checkpoints.KeepAsync(name, checkpoint).ConfigureAwait(false);
        _log.CheckpointTaken(name, checkpoint.Timeline!.ToString());
        await PublishCheckpointsAsync().ConfigureAwait(false);
        return checkpoint;
    }

    /// <summary>Rolls the container back to a checkpoint.</summary>
    /// <param name="name">The checkpoint's name; <see langword="null"/> for the newest.</param>
    /// <param name="cancellationToken">Cancels the roll-back until the current machine has been replaced.</param>
    /// <exception cref="InvalidOperationException">There is no such checkpoint.</exception>
    public async Task<RolledBack> RollBackAsync(string? name, CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Container container = RequireRunning();
        (string found, Checkpoint checkpoint) = _checkpoints.Find(name) ?? throw new InvalidOperationException(name is null
            ? $"No checkpoint of '{Resource.Name}' was taken since it was started. Take one first."
            : $"'{Resource.Name}' has no checkpoint '{name}'. It has: "
                + $"{string.Join(", ", _checkpoints.All.Select(kept => kept.Key).DefaultIfEmpty("none"))}.");
        await container.RollBackAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        _log.RolledBack(found, checkpoint.Created, container.Timeline.ToString());

        // The container has another machine now.
        await PublishAsync(
            snapshot => snapshot with
            {
                Properties = DashboardProperties.OfMachine(snapshot.Properties, container, _vm, _services.Runtime),
            }).ConfigureAwait(false);
        return new RolledBack(found, checkpoint.Created, container.Timeline);
    }

    /// <summary>Starts more containers, all from the same current state, each as its own resource.</summary>
    /// <param name="count">The number of forks.</param>
    /// <param name="configure">Completes the resource of a fork before it is published.</param>
    /// <param name="cancellationToken">Cancels the checkpoint, and the forks that are not started yet.</param>
    public async Task<IReadOnlyList<Fork>> ForkAsync(int count, Action<ForkExecutor> configure, CancellationToken cancellationToken)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        Checkpoint checkpoint = await RequireRunning().CheckpointAsync(cancellationToken).ConfigureAwait(false);
        List<Fork> forks = [];
        await using (checkpoint.ConfigureAwait(false))
        {
            while (forks.Count < count)
                forks.Add(await StartForkAsync(checkpoint, configure, cancellationToken).ConfigureAwait(false));
        }

        return forks;
    }

    private async Task<Fork> StartForkAsync(Checkpoint checkpoint, Action<ForkExecutor> configure, CancellationToken cancellationToken)
    {
        Container fork = await checkpoint.ForkAsync(cancellationToken).ConfigureAwait(false);
        var executor = new ForkExecutor(
            new MicroVmForkResource($"{Resource.Name}-fork-{++_forkCount}", Resource), fork, _vm, _services, Forget);
        lock (_forks)
            _forks.Add(executor);
        _log.Forked(executor.Resource.Name, string.Join(", ", fork.Ports));
        configure(executor);
        await executor.BeginAsync().ConfigureAwait(false);
        return new Fork(executor.Resource.Name, _vm.Endpoints.ToDictionary(endpoint => endpoint.Annotation.Name, executor.UrlOf));
    }

    private void Forget(ForkExecutor fork)
    {
        lock (_forks)
            _forks.Remove(fork);
    }

    private async Task EndForksAsync()
    {
        ForkExecutor[] forks;
        lock (_forks)
        {
            forks = [.. _forks];
            _forks.Clear();
        }

        foreach (ForkExecutor fork in forks)
            await fork.DisposeAsync().ConfigureAwait(false);
    }

    private Container RequireRunning() => _running?.Container
        ?? throw new InvalidOperationException($"'{Resource.Name}' does not run. Start it first.");

    // The checkpoints decide whether a roll-back is offered, and Aspire asks for that at each published change.
    private Task PublishCheckpointsAsync() =>
        PublishAsync(snapshot => snapshot with { Properties = DashboardProperties.OfCheckpoints(snapshot.Properties, _checkpoints) });

    // After the container has ended, nothing is based on them any more.
    private ValueTask ForgetCheckpointAsync() => _checkpoints.ClearAsync();
}
