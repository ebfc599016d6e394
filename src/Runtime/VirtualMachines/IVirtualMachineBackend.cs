using Islet.Diagnostics;

namespace Islet.VirtualMachines;

/// <summary>A way to run virtual machines on this host: QEMU, or Apple's Virtualization.framework.</summary>
public interface IVirtualMachineBackend
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
}
