using Islet.Diagnostics;

namespace Islet.VirtualMachines;

/// <summary>A machine that waits for the state of another. Disposing it before it was restored leaves nothing of it.</summary>
public interface IWaitingMachine : IAsyncDisposable
{
    /// <summary>
    /// Gives the machine its state and its disk, and lets it run. To be called once; what is returned owns everything, also when this fails.
    /// </summary>
    /// <param name="saved">The other machine, frozen with the memory file that this one was started with.</param>
    /// <param name="rootDiskPath">The file below the machine's overlay: the other's frozen disk.</param>
    /// <param name="format">That file's format.</param>
    /// <param name="timeline">Gets the phase <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">The state is of another shape or damaged, or the machine has ended.</exception>
    /// <exception cref="StorageException">The overlay can't be written.</exception>
    ValueTask<IVirtualMachine> RestoreAsync(
        SavedMachine saved, string rootDiskPath, DiskFormat format, StartupTimeline timeline, CancellationToken cancellationToken = default);
}
