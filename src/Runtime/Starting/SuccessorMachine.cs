using Islet.Engine;
using Islet.Machines;
using Islet.Snapshots;
using Islet.VirtualMachines;

namespace Islet.Starting;

/// <summary>
/// The machine in which a container continues after its present machine is saved. If the file with its memory is known in advance,
/// its QEMU process is started while the present machine is being saved.
/// </summary>
internal sealed class SuccessorMachine : IAsyncDisposable
{
    private readonly SnapshotRestorer _restorer;
    private readonly ContainerBlueprint _blueprint;
    private readonly Task<IWaitingMachine>? _spawned;

    /// <param name="engine">The engine that runs it.</param>
    /// <param name="blueprint">The description of the container.</param>
    /// <param name="memoryPath">The file that the present machine writes its memory to, if it has one.</param>
    /// <param name="cancellationToken">Cancels the start of the process.</param>
    public SuccessorMachine(RuntimeEngine engine, ContainerBlueprint blueprint, string? memoryPath, CancellationToken cancellationToken)
    {
        _restorer = engine.Restorer;
        _blueprint = blueprint;
        if (memoryPath is not null)
        {
            VirtualMachineOptions machine = blueprint.Machine with { RootDisk = null };
            _spawned = Task.Run(
                async () => await engine.Backend.SpawnAsync(machine, memoryPath, cancellationToken).ConfigureAwait(false),
                CancellationToken.None);
        }
    }

    /// <summary>
    /// Waits until the process runs, if it is started ahead. A failure is best known before the present machine is saved.
    /// </summary>
    /// <exception cref="VirtualMachineException">It can't be started.</exception>
    /// <exception cref="StorageException">The machine's files can't be written: most often there is no space.</exception>
    public Task WhenSpawnedAsync() => _spawned ?? Task.CompletedTask;

    /// <summary>Restores the machine from the snapshot and lets it run. May be called only once.</summary>
    /// <exception cref="SavedMachineException">It can't be restored; nothing is left of the attempt.</exception>
    /// <exception cref="StorageException">The machine's own files can't be written.</exception>
    public async Task<IVirtualMachine> RestoreAsync(SnapshotLease saved, StartupTimeline timeline)
    {
        VirtualMachineOptions machine = _blueprint.MachineOn(saved);
        if (_spawned is null)
            return await _restorer.RestoreAsync(saved, machine, verify: false, timeline, CancellationToken.None).ConfigureAwait(false);

        IWaitingMachine waiting = await _spawned.ConfigureAwait(false);
        return await waiting.RestoreAsync(saved.Machine, machine, timeline).ConfigureAwait(false);
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
