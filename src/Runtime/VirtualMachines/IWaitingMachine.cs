namespace Islet.VirtualMachines;

/// <summary>A machine whose program runs and waits for the state of another machine.</summary>
internal interface IWaitingMachine : IUnusedMachine
{
    /// <summary>
    /// Gives the machine its state, and its disk unless it was spawned with the disk, and lets it run. Call it once. The returned machine
    /// owns everything; on failure everything is disposed of.
    /// </summary>
    /// <param name="saved">The other machine, saved with the memory file that this one was spawned with.</param>
    /// <param name="options">
    /// The options of the machine: of the shape it was spawned in, and with the disk it was spawned with, if any.
    /// </param>
    /// <param name="timeline">Receives the phase <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">The state is of another shape or damaged, or the machine has ended.</exception>
    /// <exception cref="StorageException">The overlay can't be written.</exception>
    ValueTask<IVirtualMachine> RestoreAsync(
        SavedMachine saved, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default);
}
