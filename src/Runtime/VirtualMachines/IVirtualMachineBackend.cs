using Islet.Diagnostics;

namespace Islet.VirtualMachines;

/// <summary>A way to run virtual machines on this host: QEMU, or Apple's Virtualization.framework.</summary>
public interface IVirtualMachineBackend
{
    /// <summary>The backend's name as its makers write it: <c>QEMU</c>.</summary>
    string Name { get; }

    /// <summary>Whether it can run here, and if not, why and what to do. Found out once per process.</summary>
    BackendSupport Support { get; }

    /// <summary>Starts a machine and returns when its agent's channel is connected; the agent itself may still be booting.</summary>
    /// <exception cref="VirtualMachineException">The machine could not be started, or ended before it was up.</exception>
    ValueTask<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken = default);
}
