namespace Islet;

/// <summary>
/// The error that a container could not be started, from its image or from a checkpoint. Nothing is left of the attempt. A container that
/// was started again and did not become ready stays as it is, for inspection. <see cref="Reason"/> says which part of the start failed.
/// </summary>
public class ContainerStartException : IsletException
{
    /// <summary>Creates an error.</summary>
    /// <param name="reason">The part of the start that failed.</param>
    /// <param name="message">The message: what failed, why, and what to do, in sentences.</param>
    /// <param name="innerException">The exception that caused the error, if any.</param>
    public ContainerStartException(ContainerStartReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>The part of the start that failed.</summary>
    public ContainerStartReason Reason { get; }

    /// <summary>Creates the error of a start from that of one of its steps, which gives its evidence to it.</summary>
    internal static ContainerStartException From(ContainerStartReason reason, IsletException cause) =>
        new(reason, cause.PlainMessage, cause) { Evidence = cause.TakeEvidence() };
}
