using Islet.Protocol;

namespace Islet.VirtualMachines;

/// <summary>How a machine ended.</summary>
/// <param name="Crashed">It ended although nobody had asked it to.</param>
/// <param name="Description">A sentence for a person: <c>QEMU was killed by signal 9</c>.</param>
internal sealed record VirtualMachineExit(bool Crashed, string Description);

/// <summary>A running machine. Disposing it ends the machine and removes everything it had on the host.</summary>
internal interface IVirtualMachine : IAsyncDisposable
{
    /// <summary>The process that runs the machine.</summary>
    int ProcessId { get; }

    /// <summary>What runs it: <c>KVM</c>, <c>TCG</c>.</summary>
    string Accelerator { get; }

    /// <summary>
    /// The machine's own copy-on-write disk, in qcow2. Once the machine is frozen the file holds everything and may be moved away, to be
    /// another machine's <see cref="VirtualMachineOptions.RootDiskPath"/>; a machine whose disk others stand on must not be resumed.
    /// </summary>
    string DiskPath { get; }

    /// <summary>The way into the guest; owned by the machine.</summary>
    IGuestChannel Channel { get; }

    /// <summary>The machine's card and its way out, unconnected; owned by the machine.</summary>
    MachineNetwork Network { get; }

    /// <summary>Completes when the machine has ended. Never faults.</summary>
    Task<VirtualMachineExit> Exited { get; }

    /// <summary>
    /// Completes with the reason when the machine can't go on by itself. Where the device that holds its disk is full, it stands still:
    /// it still exists, and <see cref="ResumeAsync"/> goes on once the cause is gone. Where it hangs, it is ended. Never faults, and for
    /// most machines never completes.
    /// </summary>
    Task<IsletException> Faulted { get; }

    /// <summary>The last lines of the kernel's and the agent's console, oldest first.</summary>
    IReadOnlyList<string> ReadConsoleTail(int lines);

    /// <summary>Halts every virtual CPU; the guest's clock stands still.</summary>
    ValueTask PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets the virtual CPUs go on.</summary>
    ValueTask ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Freezes the machine: memory, processors, devices, and the disk at <see cref="DiskPath"/>, all at one moment. It stands still
    /// afterwards, to be disposed, or resumed for as long as nobody else uses its memory file or disk. When this fails, or is
    /// cancelled, a machine that was running runs on.
    /// </summary>
    /// <param name="statePath">Where the devices' state is written; the file appears when it is complete.</param>
    /// <param name="memoryPath">
    /// Where the memory is written, which takes about a second per GiB: for a machine without
    /// <see cref="VirtualMachineOptions.MemoryFilePath"/>, and only for such a one. Nothing may be there yet.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="VirtualMachineException">The machine has ended, is frozen already, or <paramref name="memoryPath"/> does not fit it.</exception>
    /// <exception cref="StorageException">A file can't be written: most often there is no space.</exception>
    ValueTask<SavedMachine> FreezeAsync(string statePath, string? memoryPath = null, CancellationToken cancellationToken = default);

    /// <summary>Ends the machine at once, whatever it does, and waits for nothing. What it had on the host stays until it is disposed.</summary>
    /// <param name="fault">Why, where it could not go on: what <see cref="Faulted"/> completes with. <see langword="null"/>: its owner wants its end.</param>
    void Kill(IsletException? fault = null);

    /// <summary>
    /// Waits until a guest that was asked to power off has done so, and ends it by force when <paramref name="gracePeriod"/> is over.
    /// </summary>
    ValueTask WaitForPowerOffAsync(TimeSpan gracePeriod, CancellationToken cancellationToken = default);
}
