namespace Islet.Testing;

/// <summary>
/// The error that the container of a fixture could not be started. The inner exception is the reason and shows the evidence: shown twice,
/// it would hide the reason.
/// </summary>
internal sealed class FixtureStartException : ContainerStartException
{
    public FixtureStartException(Type fixture, Exception reason)
        : base(ReasonOf(reason), "", reason)
    {
        Message = $"{fixture.Name} could not start its container: {(reason as IsletException)?.PlainMessage ?? reason.Message}";
        Evidence = (reason as IsletException)?.Evidence ?? FailureEvidence.None;
    }

    /// <inheritdoc/>
    public override string Message { get; }

    private static ContainerStartReason ReasonOf(Exception reason) => reason switch
    {
        ContainerStartException start => start.Reason,
        HostUnsupportedException => ContainerStartReason.Machine,
        StorageException => ContainerStartReason.Storage,
        CheckpointException => ContainerStartReason.Checkpoint,
        _ => ContainerStartReason.CallersCode,
    };
}
