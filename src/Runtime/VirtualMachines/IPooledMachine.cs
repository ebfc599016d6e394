namespace Islet.VirtualMachines;

/// <summary>A machine that was started ahead of its use. Disposing it before it was used removes all of it.</summary>
internal interface IPooledMachine : IAsyncDisposable
{
    /// <summary>Completes when the machine has ended without having been used; it can't be used then. Never faults.</summary>
    Task<VirtualMachineExit> Exited { get; }
}
