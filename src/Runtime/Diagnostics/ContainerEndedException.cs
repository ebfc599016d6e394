namespace Islet;

/// <summary>
/// The error that a container has ended: its machine has ended, or does not answer, or the container was disposed. Unless it was disposed,
/// its log can still be read, and it can be rolled back to a checkpoint. Otherwise all that is left to do is to dispose it.
/// </summary>
public sealed class ContainerEndedException : IsletException
{
    internal ContainerEndedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
