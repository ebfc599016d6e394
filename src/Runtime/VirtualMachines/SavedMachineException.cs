namespace Islet.VirtualMachines;

/// <summary>A saved machine can't be restored: it is damaged, gone, or of another shape. A machine that boots is the way out.</summary>
public sealed class SavedMachineException(string message, Exception? innerException = null) : VirtualMachineException(message, innerException);
