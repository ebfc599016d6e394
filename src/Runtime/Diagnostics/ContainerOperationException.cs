namespace Islet;

/// <summary>
/// The error that an operation failed: a process in a container, a copy, a checkpoint. Its container is as it was before, and runs on.
/// </summary>
public class ContainerOperationException(string message, Exception? innerException = null) : IsletException(message, innerException);

/// <summary>The error that a process in a container could not be started.</summary>
public sealed class ProcessStartException(string message, Exception? innerException = null)
    : ContainerOperationException(message, innerException);

/// <summary>The error that a path inside a container could not be read or written.</summary>
public sealed class ContainerFileException(string message, Exception? innerException = null)
    : ContainerOperationException(message, innerException);
