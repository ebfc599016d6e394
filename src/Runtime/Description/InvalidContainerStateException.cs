namespace Islet;

/// <summary>
/// The error that an operation needs the container in another state than its present one. If no state can be reached from the present one,
/// the error is a <see cref="ContainerEndedException"/> instead.
/// </summary>
public sealed class InvalidContainerStateException : ContainerOperationException
{
    internal InvalidContainerStateException(string operation, ContainerState actual, string expected)
        : base($"Cannot {operation}: the container is {actual}, and this needs it to be {expected}.") => Actual = actual;

    /// <summary>The state that the container is in.</summary>
    public ContainerState Actual { get; }
}
