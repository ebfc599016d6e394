namespace Islet.VirtualMachines.Qemu.Monitor;

/// <summary>The error that QEMU refused a command of its monitor.</summary>
/// <param name="command">The command: <c>cont</c>.</param>
/// <param name="errorClass">QEMU's class of the error: <c>GenericError</c>, <c>CommandNotFound</c> …</param>
/// <param name="description">QEMU's own words.</param>
internal sealed class QmpException(string command, string errorClass, string description)
    : VirtualMachineException($"QEMU refused the command '{command}': {description}")
{
    /// <summary>QEMU's class of the error: <c>GenericError</c>, <c>CommandNotFound</c>, <c>DeviceNotActive</c> …</summary>
    public string ErrorClass { get; } = errorClass;

    /// <summary>QEMU's own words.</summary>
    public string Description { get; } = description;
}

/// <summary>The error that QEMU's monitor does not follow its protocol, or is gone.</summary>
internal sealed class QmpProtocolException(string message, Exception? innerException = null)
    : VirtualMachineException(message, innerException);
