using Islet.VirtualMachines;

namespace Islet;

/// <summary>The error that a saved machine can't be restored: it is damaged, gone, or of another shape. Boot a machine instead.</summary>
internal sealed class SavedMachineException(string message, Exception? innerException = null)
    : VirtualMachineException(message, innerException)
{
    internal static SavedMachineException OfAnotherShape(SavedMachine saved) => new(
        $"The saved machine {saved.StatePath} can't be restored here: it was made by another QEMU, "
        + "or of another kernel, agent, architecture, translator, memory size or number of CPUs.");

    internal static SavedMachineException NotRestored(SavedMachine saved, VirtualMachineException reason) =>
        new($"The saved machine {saved.StatePath} can't be restored. {reason.Message}", reason);
}
