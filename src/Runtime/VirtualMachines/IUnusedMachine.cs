namespace Islet.VirtualMachines;

/// <summary>
/// A machine that was made ahead of its use: a pooled one, or one that waits for a state. Disposing it before it was used removes all of
/// it.
/// </summary>
internal interface IUnusedMachine : IAsyncDisposable
{
    /// <summary>Completes when the machine has ended without having been used; it can't be used then. Never faults.</summary>
    Task<VirtualMachineExit> Exited { get; }
}
