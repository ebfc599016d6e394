namespace Islet.VirtualMachines;

/// <summary>A machine that was started before anybody needs it. Disposing it before it was used leaves nothing of it.</summary>
internal interface ISpareMachine : IAsyncDisposable
{
    /// <summary>Completes when the machine has ended without having been used: it is of no use then. Never faults.</summary>
    Task<VirtualMachineExit> Exited { get; }
}
