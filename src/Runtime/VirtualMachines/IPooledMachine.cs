
using Islet.Agent;

namespace Islet.VirtualMachines;

/// <summary>A machine that is restored, can be rehearsed, and waits for its disk, halted.</summary>
internal interface IPooledMachine : IUnusedMachine
{
    /// <summary>
    /// Runs the machine for a while with a temporary disk, and halts it again. Where its processor is emulated, code that has run once runs
    /// faster the next time. Call it at most once, and before <see cref="StartAsync"/>. If it fails, the machine can't be used any more.
    /// </summary>
    /// <param name="below">The file below the temporary disk. The temporary disk itself is thrown away.</param>
    /// <param name="rehearsal">Exercises the guest. On return, nothing in the guest may still hold the disk.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="VirtualMachineException">The machine has ended, or refused the disk.</exception>
    /// <exception cref="StorageException">The temporary disk can't be written.</exception>
    ValueTask RehearseAsync(
        DiskImage below, Func<IGuestChannel, CancellationToken, Task> rehearsal, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the machine its disk and lets it run. Call it once. The returned machine owns everything; on failure everything is disposed
    /// of.
    /// </summary>
    /// <param name="below">The file below the machine's overlay, or <see langword="null"/> for an empty disk.</param>
    /// <param name="timeline">Receives the phase <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="VirtualMachineException">The machine has ended, or refused the disk.</exception>
    /// <exception cref="StorageException">The overlay can't be written.</exception>
    ValueTask<IVirtualMachine> StartAsync(DiskImage? below, StartupTimeline timeline, CancellationToken cancellationToken = default);
}
