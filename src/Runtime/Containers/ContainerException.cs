using Islet.Diagnostics;

namespace Islet.Containers;

/// <summary>Something went wrong with a container: its start, a process in it, a copy.</summary>
public class ContainerException(string message, Exception? innerException = null) : IsletException(message, innerException);

/// <summary>The container or a process in it could not be started. The rest of the container, if it runs, is unharmed.</summary>
public sealed class ProcessStartException(string message, Exception? innerException = null)
    : ContainerException(message, innerException);

/// <summary>A path inside the container could not be read or written. The container is unharmed.</summary>
public sealed class ContainerFileException(string message, Exception? innerException = null)
    : ContainerException(message, innerException);

/// <summary>The operation needs the container in another state than it is in.</summary>
public sealed class InvalidContainerStateException : ContainerException
{
    internal InvalidContainerStateException(string operation, ContainerState actual, string expected)
        : base($"Cannot {operation}: the container is {actual}, and this needs it to be {expected}.") => Actual = actual;

    /// <summary>The state that the container is in.</summary>
    public ContainerState Actual { get; }
}
