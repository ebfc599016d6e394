using Islet.Diagnostics;
using Islet.Protocol;

namespace Islet.VirtualMachines;

/// <summary>How a machine ended.</summary>
/// <param name="Crashed">It ended although nobody had asked it to.</param>
/// <param name="Description">A sentence for a person: <c>QEMU was killed by signal 9</c>.</param>
public sealed record VirtualMachineExit(bool Crashed, string Description);

/// <summary>A running machine. Disposing it ends the machine and removes everything it had on the host.</summary>
public interface IVirtualMachine : IAsyncDisposable
{
    /// <summary>The process that runs the machine.</summary>
    int ProcessId { get; }

    /// <summary>What runs it: <c>KVM</c>, <c>TCG</c>.</summary>
    string Accelerator { get; }

    /// <summary>The way into the guest; owned by the machine.</summary>
    IGuestChannel Channel { get; }

    /// <summary>Completes when the machine has ended. Never faults.</summary>
    Task<VirtualMachineExit> Exited { get; }

    /// <summary>
    /// Completes with the reason when the machine stands still and can't go on by itself: the device that holds its disk is full.
    /// It still exists; <see cref="ResumeAsync"/> goes on once the cause is gone. Never faults, and for most machines never completes.
    /// </summary>
    Task<IsletException> Faulted { get; }

    /// <summary>The last lines of the kernel's and the agent's console, oldest first.</summary>
    IReadOnlyList<string> ReadConsoleTail(int lines);

    /// <summary>Halts every virtual CPU; the guest's clock stands still.</summary>
    ValueTask PauseAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets the virtual CPUs go on.</summary>
    ValueTask ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until a guest that was asked to power off has done so, and ends it by force when <paramref name="gracePeriod"/> is over.
    /// </summary>
    ValueTask WaitForPowerOffAsync(TimeSpan gracePeriod, CancellationToken cancellationToken = default);
}
