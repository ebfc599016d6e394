
using Islet.Agent;

namespace Islet.VirtualMachines;

/// <summary>The end of a machine.</summary>
/// <param name="Crashed">Whether the machine ended although its owner had not asked for it.</param>
/// <param name="Description">A sentence for a person: <c>QEMU was killed by signal 9</c>.</param>
internal sealed record VirtualMachineExit(bool Crashed, string Description);

/// <summary>A running machine. Disposing it ends the machine and removes everything that it had on the host.</summary>
internal interface IVirtualMachine : IAsyncDisposable
{
    /// <summary>The process that runs the machine.</summary>
    int ProcessId { get; }

    /// <summary>The name of the accelerator: <c>KVM</c>, <c>TCG</c>.</summary>
    string Accelerator { get; }

    /// <summary>
    /// The machine's own copy-on-write disk, in qcow2. Once the machine is saved, the file holds everything, and may be moved away to
    /// become another machine's <see cref="VirtualMachineOptions.RootDisk"/>. A machine whose disk is below the disks of others must
    /// not be resumed.
    /// </summary>
    string DiskPath { get; }

    /// <summary>The connection to the guest; owned by the machine.</summary>
    IGuestChannel Channel { get; }

    /// <summary>The machine's network card and its connection to the outside, not connected to each other; owned by the machine.</summary>
    MachineNetwork Network { get; }

    /// <summary>Completes when the machine has ended. Never faults.</summary>
    Task<VirtualMachineExit> Exited { get; }

    /// <summary>
    /// Completes with the reason when the machine can't continue by itself. If the device that holds its disk is full, the machine is
    /// halted: it still exists, and <see cref="ResumeAsync"/> continues once the cause is gone. If the machine hangs, it is ended. Never
    /// faults, and for most machines never completes.
    /// </summary>
    Task<IsletException> Faulted { get; }

    /// <summary>Returns the last lines of the kernel's and the agent's console, oldest first.</summary>
    IReadOnlyList<string> ReadConsoleTail(int lines);

    /// <summary>Halts every virtual CPU; the guest's clock stops.</summary>
    ValueTask PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets the virtual CPUs continue.</summary>
    ValueTask ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Saves the machine: memory, processors, devices, and the disk at <see cref="DiskPath"/>, all at one moment. The machine is halted
    /// afterwards. It may be disposed, or resumed as long as no other machine uses its memory file or disk. If saving fails or is
    /// cancelled, a machine that was running continues to run.
    /// </summary>
    /// <param name="statePath">The file that the devices' state is written to; it appears when it is complete.</param>
    /// <param name="memoryPath">
    /// The file that the memory is written to, which takes about a second per GiB. Only for a machine without
    /// <see cref="VirtualMachineOptions.MemoryFilePath"/>, which needs it. The file must not exist yet.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="VirtualMachineException">The machine has ended, is already saved, or <paramref name="memoryPath"/> does not fit
    /// it.</exception>
    /// <exception cref="StorageException">A file can't be written, usually because there is no space.</exception>
    ValueTask<SavedMachine> SaveAsync(string statePath, string? memoryPath = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends the machine at once, whatever it is doing, and waits for nothing. Its files on the host stay until it is disposed.
    /// </summary>
    /// <param name="fault">
    /// The reason why the machine could not continue, which <see cref="Faulted"/> completes with. <see langword="null"/> if the owner ends
    /// it.
    /// </param>
    void Kill(IsletException? fault = null);

    /// <summary>
    /// Waits until a guest that was asked to power off has done so. Ends it by force when <paramref name="gracePeriod"/> is over.
    /// </summary>
    ValueTask WaitForPowerOffAsync(TimeSpan gracePeriod, CancellationToken cancellationToken = default);
}
