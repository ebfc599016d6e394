namespace Islet;

/// <summary>
/// The error that a checkpoint could not be taken, opened, removed or returned to. A container that is concerned runs on. A checkpoint that
/// can't be started is a <see cref="ContainerStartException"/> instead.
/// </summary>
public class CheckpointException(string message, Exception? innerException = null) : ContainerOperationException(message, innerException);
