using Islet.Engine;
using Islet.Machines;
using Islet.Snapshots;
using Islet.VirtualMachines;

namespace Islet.Starting;

/// <summary>
/// The machine in which a container goes on when its present one is frozen. Where the file that will be its memory is known before,
/// its program is started beside the freezing.
/// </summary>
internal sealed class NextMachine : IAsyncDisposable
{
    private readonly SnapshotRestorer _restorer;
    private readonly ContainerBlueprint _blueprint;
    private readonly Task<IWaitingMachine>? _spawned;

    /// <param name="engine">What runs it.</param>
    /// <param name="blueprint">What the container is.</param>
    /// <param name="memoryPath">The file that the present machine writes its memory to, if it has one.</param>
    /// <param name="cancellationToken">Ends the spawning.</param>
    public NextMachine(RuntimeEngine engine, ContainerBlueprint blueprint, string? memoryPath, CancellationToken cancellationToken)
    {
        _restorer = engine.Restorer;
        _blueprint = blueprint;
        if (memoryPath is not null)
        {
            VirtualMachineOptions machine = blueprint.Machine with { RootDiskPath = null };
            _spawned = Task.Run(async () => await engine.Backend.SpawnAsync(machine, memoryPath, cancellationToken).ConfigureAwait(false), CancellationToken.None);
        }
    }

    /// <summary>Waits for what was begun beside. What goes wrong with it is better known before anything is frozen.</summary>
    /// <exception cref="VirtualMachineException">It can't be started.</exception>
    /// <exception cref="StorageException">The machine's files can't be written: most often there is no space.</exception>
    public Task WhenSpawnedAsync() => _spawned ?? Task.CompletedTask;

    /// <summary>Lets it run on what was frozen. To be called once.</summary>
    /// <exception cref="SavedMachineException">It can't be restored; nothing is left of the attempt.</exception>
    /// <exception cref="StorageException">The machine's own files can't be written.</exception>
    public async Task<IVirtualMachine> RestoreAsync(SnapshotLease frozen, StartupTimeline timeline)
    {
        VirtualMachineOptions machine = _blueprint.MachineOn(frozen);
        if (_spawned is null)
            return await _restorer.RestoreAsync(frozen, machine, verify: false, timeline, CancellationToken.None).ConfigureAwait(false);

        IWaitingMachine waiting = await _spawned.ConfigureAwait(false);
        return await waiting.RestoreAsync(frozen.Machine, machine, timeline).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_spawned is null)
            return;
        await ((Task)_spawned).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_spawned.IsCompletedSuccessfully)
            await (await _spawned.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }
}
