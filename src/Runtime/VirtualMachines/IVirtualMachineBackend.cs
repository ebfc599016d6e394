using System.Runtime.InteropServices;

namespace Islet.VirtualMachines;

/// <summary>A way to run virtual machines on this host: QEMU, or Apple's Virtualization.framework.</summary>
internal interface IVirtualMachineBackend
{
    /// <summary>The backend's name as its makers write it: <c>QEMU</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Returns whether the backend can run machines of an architecture here, and if not, why and what to do. Determined once per
    /// architecture and backend.
    /// </summary>
    BackendSupport SupportFor(Architecture architecture);

    /// <summary>Returns whether the host's processor itself runs the instructions of machines of an architecture.</summary>
    bool IsAccelerated(Architecture architecture);

    /// <summary>
    /// Starts a machine and returns when its agent has opened its end of the channel: the kernel is up, and calls are answered.
    /// </summary>
    /// <exception cref="VirtualMachineException">
    /// The backend is not supported here, an option is invalid, or the machine ended before its agent was up. Carries the console's tail.
    /// </exception>
    /// <exception cref="StorageException">The machine's files can't be written, usually because there is no space.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing is left of the machine.</exception>
    ValueTask<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default);

    /// <summary>
    /// Returns a name, in 64 hexadecimal digits, for all that a saved machine depends on. It covers the virtual machine program, the
    /// accelerator, the devices, the contents of kernel and initramfs, memory and CPUs. It does not cover name, disk and memory file.
    /// </summary>
    /// <exception cref="VirtualMachineException">No machine can run here, or the kernel or the initramfs can't be read.</exception>
    string GetShape(VirtualMachineOptions options);

    /// <summary>Restores a saved machine and returns when it runs and the agent's channel is connected.</summary>
    /// <param name="options">The options of the new machine, of the same shape as <paramref name="saved"/>, with a disk of its own.</param>
    /// <param name="saved">The saved machine. Its files are not changed, and may be removed while the new machine runs.</param>
    /// <param name="mode">Whether the machine's writes to its memory go to a file.</param>
    /// <param name="timeline">Receives the phases <see cref="StartupPhases.Spawn"/> and <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">
    /// The saved machine is of another shape, damaged or gone; nothing is left of the attempt. Boot a machine instead.
    /// </exception>
    /// <exception cref="StorageException">The machine's files can't be written, usually because there is no space.</exception>
    ValueTask<IVirtualMachine> RestoreAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, StartupTimeline timeline,
        CancellationToken cancellationToken = default);

    /// <summary>Restores a saved machine ahead of its use, without a disk. When it is started later, it runs within milliseconds.</summary>
    /// <param name="options">The options of the machine; <see cref="VirtualMachineOptions.RootDisk"/> is not used.</param>
    /// <param name="saved">The saved machine, in which the disk was not in use.</param>
    /// <param name="mode">Whether the machine's writes to its memory go to a file.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">
    /// The saved machine is of another shape, damaged or gone; nothing is left of the attempt.
    /// </exception>
    /// <exception cref="StorageException">The machine's files can't be written, usually because there is no space.</exception>
    ValueTask<IPooledMachine> PrepareAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, CancellationToken cancellationToken = default);

    /// <summary>
    /// Starts a machine's program ahead of time, to wait for the state of another machine. A later restore then saves the time of that
    /// start.
    /// </summary>
    /// <param name="options">
    /// The options of the machine. Without a <see cref="VirtualMachineOptions.RootDisk"/> it gets its disk when it is restored.
    /// </param>
    /// <param name="memoryPath">
    /// The other machine's memory file. If that machine still runs, the file may be written until the machine is saved, and renamed.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="VirtualMachineException">The machine can't be started.</exception>
    /// <exception cref="StorageException">The machine's files can't be written, usually because there is no space.</exception>
    ValueTask<IWaitingMachine> SpawnAsync(VirtualMachineOptions options, string memoryPath, CancellationToken cancellationToken = default);
}
