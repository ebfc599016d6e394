namespace Islet;

/// <summary>The error that a virtual machine could not be started, or ended when it should have run.</summary>
internal class VirtualMachineException(string message, Exception? innerException = null) : IsletException(message, innerException);
