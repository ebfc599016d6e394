using Islet.Description;
using Islet.VirtualMachines;

namespace Islet.Starting;

/// <summary>Converts any exception that ended a start into the error for the caller, with the evidence.</summary>
internal static class StartFailure
{
    public static async Task<Exception> ExplainAsync(
        Exception exception, ContainerOptions options, IVirtualMachine? machine, FailureEvidence evidence,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return new OperationCanceledException($"The start of {options.Image} was cancelled.", exception, cancellationToken);

        Exception reason = exception;
        if (exception is OperationCanceledException)
        {
            string phase = evidence.Timeline?.Phases.LastOrDefault(phase => phase.Duration is null).Name ?? "start";
            reason = new ContainerStartException(
                ContainerStartReason.Timeout,
                $"{options.Image} did not start within {options.StartTimeout.TotalSeconds:0} s; it was in the phase \"{phase}\". "
                + "If the host is slow or busy, allow more with WithStartTimeout.", exception);
        }
        else if (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            reason = new ContainerStartException(ContainerStartReason.Storage, exception.Message, exception);
        }
        else if (exception is IOException && machine is { Faulted.IsCompleted: true })
        {
            reason = await machine.Faulted.ConfigureAwait(false);
        }
        else if (exception is IOException && machine is not null)
        {
            // The channel closes a moment before the process is reaped.
            await Task.WhenAny(machine.Exited, Task.Delay(TimeSpan.FromSeconds(2), CancellationToken.None)).ConfigureAwait(false);
            string how = machine.Exited.IsCompleted
                ? (await machine.Exited.ConfigureAwait(false)).Description
                : $"the connection to its agent was lost ({exception.Message})";
            reason = new VirtualMachineException($"The machine for {options.Image} ended while it started: {how.TrimEnd('.')}.", exception);
        }

        if (reason is IsletException { Evidence.Image: null } unexplained)
            evidence.AttachTo(unexplained);
        return reason;
    }

    /// <summary>
    /// Whether a start from a snapshot failed because of the snapshot or of the machine, so that a start in the ordinary way may succeed.
    /// </summary>
    public static bool IsOfMachine(Exception exception) => exception
        is VirtualMachineException or SnapshotException or ContainerEndedException { InnerException: not StorageException }
            or ContainerStartException { Reason: ContainerStartReason.Timeout };

    /// <summary>Returns the exception for the caller of a start: its type says that the start failed, and why.</summary>
    public static Exception ForCaller(Exception exception) => exception switch
    {
        ContainerStartException or HostUnsupportedException => exception,
        StorageException or ContainerEndedException { InnerException: StorageException } =>
            ContainerStartException.From(ContainerStartReason.Storage, (IsletException)exception),
        SavedMachineException or SnapshotException =>
            ContainerStartException.From(ContainerStartReason.Checkpoint, (IsletException)exception),
        ProcessStartException process => ContainerStartException.From(ContainerStartReason.Process, process),
        ContainerFileException file => ContainerStartException.From(ContainerStartReason.Files, file),
        IsletException other => ContainerStartException.From(ContainerStartReason.Machine, other),
        _ => exception,
    };
}
