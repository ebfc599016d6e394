namespace Islet.VirtualMachines;

/// <summary>A machine whose program runs and waits for the state of another.</summary>
internal interface IWaitingMachine : ISpareMachine
{
    /// <summary>
    /// Gives the machine its state, and its disk unless it was spawned with it, and lets it run. To be called once; what is returned owns
    /// everything, also when this fails.
    /// </summary>
    /// <param name="saved">The other machine, frozen with the memory file that this one was spawned with.</param>
    /// <param name="options">What the machine is: of the shape it was spawned in, and with the disk it was spawned with, if it was with one.</param>
    /// <param name="timeline">Gets the phase <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">The state is of another shape or damaged, or the machine has ended.</exception>
    /// <exception cref="StorageException">The overlay can't be written.</exception>
    ValueTask<IVirtualMachine> RestoreAsync(
        SavedMachine saved, VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default);
}
