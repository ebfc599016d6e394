namespace Islet.VirtualMachines;

/// <summary>A way to run virtual machines on this host: QEMU, or Apple's Virtualization.framework.</summary>
internal interface IVirtualMachineBackend
{
    /// <summary>The backend's name as its makers write it: <c>QEMU</c>.</summary>
    string Name { get; }

    /// <summary>Whether it can run here, and if not, why and what to do. Found out once per process.</summary>
    BackendSupport Support { get; }

    /// <summary>Starts a machine and returns when its agent has opened its end of the channel: the kernel is up, and calls are answered.</summary>
    /// <exception cref="VirtualMachineException">
    /// There is no support, an option makes no sense, or the machine ended before its agent was there. Carries the console's tail.
    /// </exception>
    /// <exception cref="StorageException">The machine's files can't be written: most often there is no space.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left of the machine.</exception>
    ValueTask<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default);

    /// <summary>
    /// Names what a saved machine depends on, as 64 hexadecimal digits: the virtual machine program, what runs the guest's instructions,
    /// the devices, the contents of kernel and initramfs, memory, CPUs. Name, disk and memory file are no part of it.
    /// </summary>
    /// <exception cref="VirtualMachineException">No machine can run here, or the kernel or the initramfs can't be read.</exception>
    string GetShape(VirtualMachineOptions options);

    /// <summary>Restores a frozen machine and returns when it runs and the agent's channel is connected.</summary>
    /// <param name="options">What the machine is; of the shape of <paramref name="saved"/>, with a disk of its own.</param>
    /// <param name="saved">The frozen machine; its files are left as they are, and may be removed while the machine runs.</param>
    /// <param name="mode">Whether the machine's writes to its memory go to a file.</param>
    /// <param name="timeline">Gets the phases <see cref="StartupPhases.Spawn"/> and <see cref="StartupPhases.Load"/>.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">It is of another shape, damaged or gone; nothing is left of the attempt. Boot one instead.</exception>
    /// <exception cref="StorageException">The machine's files can't be written: most often there is no space.</exception>
    ValueTask<IVirtualMachine> RestoreAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, StartupTimeline timeline, CancellationToken cancellationToken = default);

    /// <summary>Restores a frozen machine ahead of its use, without a disk: started later, it runs within milliseconds.</summary>
    /// <param name="options">What the machine is; <see cref="VirtualMachineOptions.RootDiskPath"/> is not used.</param>
    /// <param name="saved">The frozen machine, in which the disk was not in use.</param>
    /// <param name="mode">Whether the machine's writes to its memory go to a file.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="SavedMachineException">It is of another shape, damaged or gone; nothing is left of the attempt.</exception>
    /// <exception cref="StorageException">The machine's files can't be written: most often there is no space.</exception>
    ValueTask<IPreparedMachine> PrepareAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, CancellationToken cancellationToken = default);

    /// <summary>Makes ready for the state of another machine: restored later, it runs sooner by what starting its program takes.</summary>
    /// <param name="options">What the machine is. Without a <see cref="VirtualMachineOptions.RootDiskPath"/> it gets its disk when it is restored.</param>
    /// <param name="memoryPath">The other's memory file. If that one still runs, it may be written until it is frozen, and renamed.</param>
    /// <param name="cancellationToken">Ends the wait, and the machine.</param>
    /// <exception cref="VirtualMachineException">It can't be started.</exception>
    /// <exception cref="StorageException">The machine's files can't be written: most often there is no space.</exception>
    ValueTask<IWaitingMachine> SpawnAsync(VirtualMachineOptions options, string memoryPath, CancellationToken cancellationToken = default);
}
