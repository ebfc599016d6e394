namespace Islet.Testing;

/// <summary>The container that a test needs could not be started. The inner exception is the reason, with the evidence.</summary>
public sealed class ContainerStartException : IsletException
{
    internal ContainerStartException(Type fixture, Exception reason)
        : base("", reason)
    {
        // The inner exception shows its evidence; shown twice, it would hide the reason.
        Message = $"{fixture.Name} could not start its container: {(reason as IsletException)?.Reason ?? reason.Message}";
        Evidence = (reason as IsletException)?.Evidence ?? FailureEvidence.None;
    }

    /// <inheritdoc/>
    public override string Message { get; }
}
