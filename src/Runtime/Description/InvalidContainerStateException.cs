namespace Islet;

/// <summary>The operation needs the container in another state than its present one.</summary>
public sealed class InvalidContainerStateException : ContainerException
{
    internal InvalidContainerStateException(string operation, ContainerState actual, string expected)
        : base($"Cannot {operation}: the container is {actual}, and this needs it to be {expected}.") => Actual = actual;

    /// <summary>The state that the container is in.</summary>
    public ContainerState Actual { get; }
}
