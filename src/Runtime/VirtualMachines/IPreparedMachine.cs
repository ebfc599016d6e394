using Islet.Protocol;

namespace Islet.VirtualMachines;

/// <summary>A restored machine that stands still and waits for its disk.</summary>
internal interface IPreparedMachine : ISpareMachine
{
    /// <summary>
    /// Lets the machine run for a while with a disk that stands in for its own, and stops it again: what it has run once it runs faster
    /// where its processor is emulated. To be called at most once, and before <see cref="StartAsync"/>; when it fails the machine is of no use.
    /// </summary>
    /// <param name="rootDiskPath">The file below the stand-in, which itself is thrown away.</param>
    /// <param name="format">That file's format.</param>
    /// <param name="rehearsal">Uses the machine, and leaves nobody in it who has the disk.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="VirtualMachineException">The machine has ended, or refused the disk.</exception>
    /// <exception cref="StorageException">The stand-in can't be written.</exception>
    ValueTask RehearseAsync(
        string rootDiskPath, DiskFormat format, Func<IGuestChannel, CancellationToken, Task> rehearsal, CancellationToken cancellationToken = default);

    /// <summary>Gives the machine its disk and lets it run. To be called once; what is returned owns everything, also when this fails.</summary>
    /// <param name="rootDiskPath">The file below the machine's overlay, or <see langword="null"/> for an empty disk.</param>
    /// <param name="format">That file's format.</param>
    /// <param name="timeline">Gets the phase <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="VirtualMachineException">The machine has ended, or refused the disk.</exception>
    /// <exception cref="StorageException">The overlay can't be written.</exception>
    ValueTask<IVirtualMachine> StartAsync(
        string? rootDiskPath, DiskFormat format, StartupTimeline timeline, CancellationToken cancellationToken = default);
}
