namespace Islet;

/// <summary>The error that an operation on a container failed: its start, a process in it, a copy.</summary>
public class ContainerException(string message, Exception? innerException = null) : IsletException(message, innerException);

/// <summary>
/// The error that the container or a process in it could not be started. The rest of the container, if it runs, is unharmed.
/// </summary>
public sealed class ProcessStartException(string message, Exception? innerException = null)
    : ContainerException(message, innerException);

/// <summary>The error that a path inside the container could not be read or written. The container is unharmed.</summary>
public sealed class ContainerFileException(string message, Exception? innerException = null)
    : ContainerException(message, innerException);
